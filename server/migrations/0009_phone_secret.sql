-- With it and the password a phone opens what it keeps when the unlock code is forgotten. 64 hexadecimal digits.
CREATE TABLE phone_secret (
    account_id TEXT PRIMARY KEY REFERENCES account (id),
    secret     TEXT NOT NULL
);
