"""Developer tools: pictures of the screens, and figures of the code."""
