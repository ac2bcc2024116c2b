"""Draws the pictures of this folder with Pillow: kinds that no encoder of the tests writes.

    python3 make.py

A scene of two waves and a square, so that what is shown can be told from what it was compressed from.
"""
import math
import struct
import zlib

from PIL import Image


def scene(width=160, height=120, phase=0.0):
    picture = Image.new("RGB", (width, height))
    for y in range(height):
        for x in range(width):
            wave = 120 + 60 * math.sin(x / 23 + y / 40 + phase) + 40 * math.cos(y / 11 - x * y / 1900)
            inside = 30 < x < 70 and 20 < y < 60
            picture.putpixel((x, y), (int(wave) if not inside else 20, int(wave) % 256, 220 - int(wave) // 2))
    return picture


def sixteen_bits(path, width=48, height=32):
    rows = b"".join(
        b"\0" + b"".join(struct.pack(">HHH", x * 1300, y * 2000, (x ^ y) * 900) for x in range(width))
        for y in range(height)
    )

    def chunk(name, body):
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n")
        file.write(chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 16, 2, 0, 0, 0)))
        file.write(chunk(b"IDAT", zlib.compress(rows, 9)))
        file.write(chunk(b"IEND", b""))


def exif(orientation):
    record = Image.Exif()
    record[0x0112] = orientation
    record[0x010F] = "Camera"
    place = record.get_ifd(0x8825)
    place[1], place[2] = "N", (30.0, 40.0, 0.0)
    place[3], place[4] = "E", (104.0, 4.0, 0.0)
    return record


if __name__ == "__main__":
    picture = scene()
    picture.save("plain.jpg", quality=80)
    picture.save("progressive.jpg", quality=80, progressive=True)
    picture.convert("CMYK").save("cmyk.jpg", quality=80)
    picture.rotate(90, expand=True).save("turned.jpg", quality=80, exif=exif(6), comment=b"for nobody")
    sixteen_bits("sixteen_bits.png")
    frames = [scene(64, 48, it) for it in (0.0, 1.0, 2.0)]
    frames[0].save("moving.png", save_all=True, append_images=frames[1:], duration=100)
    frames[0].save("moving.webp", save_all=True, append_images=frames[1:], duration=100, quality=60)
    frames[0].save("moving.gif", save_all=True, append_images=frames[1:], duration=100)
    scene(64, 48).save("described.webp", quality=60, exif=exif(3), xmp=b"<x:xmpmeta/>")
    scene(64, 48).save("plain.gif")
