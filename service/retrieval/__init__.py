"""Finding text: passages that an answer may cite, and reports of earlier studies as examples of style."""
