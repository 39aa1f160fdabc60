"""A code assistant with files of its own, which it keeps in a repository."""

import os

from letta_client import Letta

client = Letta(base_url=os.environ.get("LETTA_BASE_URL", "http://localhost:8283"), api_key=os.environ.get("LETTA_API_KEY", "any"))

agent = client.agents.create(
    model=os.environ.get("MEMOIR_MODEL", "openai/gpt-4.1"),
    memory_blocks=[
        {"label": "persona", "value": "Expert programming assistant"},
        {"label": "context", "value": "Working on Python web application"},
    ],
    tools=["run_code", "file_manager", "git_operations"],
)

response = client.agents.messages.create(
    agent_id=agent.id,
    messages=[{"role": "user", "content": "Write slug.py with a function that makes a slug of a title, try it, and commit it."}],
)
for message in response.messages:
    if message.message_type == "tool_return_message":
        print(f"[{message.name}] {message.tool_return}")
    if message.message_type == "assistant_message":
        print(message.content)
