"""Restores attachments from an archive."""

from crm.administration.archive.restorers import targets
from crm.platform.dynamodb import quotas
from crm.platform.dynamodb.keys import RecordRef
from crm.platform.dynamodb.transaction import Transaction
from crm.platform.errors import ValidationFailedError
from crm.related.documents import attachment_links
from crm.related.documents import service as documents
from crm.related.documents.attachment_schemas import Attachment
from crm.related.documents.service import Document


def restore(transaction: Transaction, attachment: Attachment) -> None:
    """Attach a document to a record.

    Raises:
        ValidationFailedError: The document does not exist.
    The commit raises:
        DuplicateError: The document is already attached to the record.
        LimitExceededError: The document has the maximum number of attachments.
        ValidationFailedError: The record does not exist, or the document is deleted.
    """
    organization_id, document_id = attachment.organization_id, attachment.document_id
    document = documents.of_attachments(organization_id, [document_id]).get(document_id)
    if document is None:
        raise ValidationFailedError.of("document_id", "names nothing that the archive holds")
    attachment_links.save(transaction, attachment, None, document.created_by)
    quotas.consume(
        transaction,
        organization_id,
        Attachment.KIND,
        attachment_links.group(document_id),
        attachment_links.MAX_ATTACHMENTS,
    )
    targets.require(transaction, organization_id, attachment.target, "related_to_id")
    target = RecordRef(Document.KIND, document_id)
    targets.require(transaction, organization_id, target, "document_id")
