"""The look that all pages share: frames, marks, forms, errors, assets. Knows no tickets and no customers."""
