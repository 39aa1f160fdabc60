-- What a prompt says of folders and files is recorded with its other inputs.
ALTER TABLE "compile" ADD COLUMN "directories_hash" TEXT;

-- Files are told apart by the name that agents see; two may have been uploaded under one name.
DROP INDEX "file_folder_id_original_file_name_key";
CREATE UNIQUE INDEX "file_folder_id_file_name_key" ON "file"("folder_id", "file_name");
