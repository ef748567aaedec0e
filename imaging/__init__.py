"""Pure pixels: from a camera's file to upright sRGB, a preview, a pyramid and its tiles. No Django, no rows."""
