"""A research analyst with a report to quote from and a table to work on."""

import io
import os
import time

from letta_client import Letta

client = Letta(base_url=os.environ.get("LETTA_BASE_URL", "http://localhost:8283"), api_key=os.environ.get("LETTA_API_KEY", "any"))

agent = client.agents.create(
    model=os.environ.get("MEMOIR_MODEL", "openai/gpt-4.1"),
    memory_blocks=[
        {"label": "persona", "value": "Research analyst"},
        {"label": "methodology", "value": "Systematic fact-checking approach"},
    ],
    tools=["web_search", "document_analysis", "data_processing"],
)

REPORT = """# Bees in the city

## Method
We counted bees on 12 roofs from May to July.

## Findings
Roofs with clover had three times as many bees as roofs without. Table 1 has the counts.

Figure 1: The roofs on a map
"""
COUNTS = "month,roof,bees\nMay,clover,120\nMay,bare,40\nJune,clover,310\nJune,bare,95\nJuly,clover,280\nJuly,bare,90\n"
folder = client.folders.create(name=f"research-{agent.id}")
client.folders.files.upload(folder.id, file=("report.md", io.BytesIO(REPORT.encode()), "text/markdown"))
client.folders.files.upload(folder.id, file=("counts.csv", io.BytesIO(COUNTS.encode()), "text/csv"))
while any(file.processing_status not in ("completed", "error") for file in client.folders.files.list(folder.id)):
    time.sleep(0.1)
client.agents.folders.attach(folder.id, agent_id=agent.id)

response = client.agents.messages.create(
    agent_id=agent.id,
    messages=[{"role": "user", "content": "Does clover help? Quote the report, check it against the counts, and draw them."}],
)
for message in response.messages:
    if message.message_type == "tool_return_message":
        print(f"[{message.name}] {message.tool_return}")
    if message.message_type == "assistant_message":
        print(message.content)
