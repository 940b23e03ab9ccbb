"""Has hypothesis stop at the first example that fails: which one it is matters to nobody here."""

from hypothesis import Phase, settings

settings.register_profile("unshrunk", phases=[Phase.explicit, Phase.generate])
settings.load_profile("unshrunk")
