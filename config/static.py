"""Static files under names that change with their content."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class OwnModulesManifestStorage(CompressedManifestStaticFilesStorage):
    """Rewrites the relative imports of the project's own ES modules, and of nothing else.

    Vendored scripts are left alone: some carry import statements in comments, which Django's rewriting of every script
    takes for real ones.
    """

    manifest_strict = False
    patterns = (
        *CompressedManifestStaticFilesStorage.patterns,
        ("js/*.js", CompressedManifestStaticFilesStorage._js_module_import_aggregation_patterns[1]),
    )
