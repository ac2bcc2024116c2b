-- What a phone noted of its files holds the ink of witnesses and what photos look like; that goes when the files go. The seal
-- covers the notes as they came: their SHA-256 stays then, in hexadecimal digits; empty while nothing was taken out.
ALTER TABLE submission ADD COLUMN notes_sha256 TEXT NOT NULL DEFAULT '';
