/** An image as a message carries it. */
export type Base64Image = { type: "image"; source: { type: "base64"; media_type: string; data: string } };

/** What providers take. */
const TYPES = new Set(["image/png", "image/jpeg", "image/gif", "image/webp"]);
const MAX_BYTES = 10 * 1024 * 1024;
export const MAX_IMAGES = 10;

/** The images among files that a person chose, and why one of the others can't be sent. */
export async function readImages(files: readonly File[]): Promise<{ images: Base64Image[]; problem: string | null }> {
  const images: Base64Image[] = [];
  let problem: string | null = null;
  for (const file of files) {
    if (!TYPES.has(file.type)) problem = `${file.name} can't be sent: only images in PNG, JPEG, GIF or WebP can.`;
    else if (file.size > MAX_BYTES) problem = `${file.name} can't be sent: it is larger than 10 MB.`;
    else images.push({ type: "image", source: { type: "base64", media_type: file.type, data: await base64Of(file) } });
  }
  return { images, problem };
}

/** The bytes of a file in base64. */
export function base64Of(file: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result).replace(/^[^,]*,/, ""));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}
