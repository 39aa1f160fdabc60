-- Which agents' messages have an image: it goes with the last of them.
CREATE TABLE "agent_image" (
    "agent_id" TEXT NOT NULL,
    "image_id" TEXT NOT NULL,

    CONSTRAINT "agent_image_pkey" PRIMARY KEY ("agent_id", "image_id")
);

CREATE INDEX "agent_image_image_id_idx" ON "agent_image"("image_id");

ALTER TABLE "agent_image" ADD CONSTRAINT "agent_image_agent_id_fkey" FOREIGN KEY ("agent_id") REFERENCES "agent"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "agent_image" ADD CONSTRAINT "agent_image_image_id_fkey" FOREIGN KEY ("image_id") REFERENCES "image"("id") ON DELETE CASCADE ON UPDATE CASCADE;
