"""The guests: capture, the list, consent, the intake sheet, imports and exports."""
