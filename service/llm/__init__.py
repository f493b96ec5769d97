"""Language models behind one port, ``ports.ChatModel``: the narrator, any OpenAI-compatible server, llama.cpp."""
