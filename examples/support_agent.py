"""A customer support agent that answers from a folder of documents, and names the page and lines that it has it from."""

import io
import os
import time

from letta_client import Letta

client = Letta(base_url=os.environ.get("LETTA_BASE_URL", "http://localhost:8283"), api_key=os.environ.get("LETTA_API_KEY", "any"))

agent = client.agents.create(
    model=os.environ.get("MEMOIR_MODEL", "openai/gpt-4.1"),
    memory_blocks=[
        {"label": "persona", "value": "Helpful customer support agent"},
        {"label": "guidelines", "value": "Always be polite and helpful"},
    ],
    tools=["web_search", "knowledge_base_lookup"],
)

FAQ = """# Frequent questions

## Returns
Goods can be returned within 30 days of delivery. The buyer pays the postage.

## Warranty
Lamps have a warranty of five years, all else of two.
"""
folder = client.folders.create(name=f"support-{agent.id}")
client.folders.files.upload(folder.id, file=("faq.md", io.BytesIO(FAQ.encode()), "text/markdown"))
while any(file.processing_status not in ("completed", "error") for file in client.folders.files.list(folder.id)):
    time.sleep(0.1)
client.agents.folders.attach(folder.id, agent_id=agent.id)

response = client.agents.messages.create(
    agent_id=agent.id,
    messages=[{"role": "user", "content": "How long is the warranty of a lamp?"}],
)
for message in response.messages:
    if message.message_type == "tool_return_message":
        print(f"[{message.name}] {message.tool_return}")
    if message.message_type == "assistant_message":
        print(message.content)
