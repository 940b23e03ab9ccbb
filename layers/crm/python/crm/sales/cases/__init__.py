"""Cases: questions and problems of customers."""
