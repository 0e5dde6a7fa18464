"""The look that all pages share: frames, marks, forms, errors, assets, and files on the wire."""
