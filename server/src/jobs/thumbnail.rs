//! Small pictures for the desk's lists.

use std::io::Cursor;

use bytes::Bytes;
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageDecoder, ImageReader, Limits};
use wasm_forms::evidence::strokes::Strokes;

use super::JobError;
use crate::App;
use crate::blob::BlobError;
use crate::domain::signature::picture;

/// Longest side in pixels.
const SIDE: u32 = 320;
/// Most memory that decoding one picture may take: 50 million pixels of 4 bytes, and as much again to turn it.
const MAX_ALLOC: u64 = 400 * 1024 * 1024;

/// Makes the thumbnail of a picture, by hash; an existing one stays.
pub async fn make(app: &App, sha256: &str) -> Result<(), JobError> {
    let bytes = match app.blobs.get(sha256).await {
        Ok(bytes) => bytes,
        Err(BlobError::NotFound) => return Err(JobError::Never("no such file".to_owned())),
        Err(error) => return Err(JobError::Again(error.to_string())),
    };
    let small = tokio::task::spawn_blocking(move || shrink(&bytes)).await;
    let small = small.map_err(|error| JobError::Never(error.to_string()))?;
    let small = small.map_err(|error| JobError::Never(error.to_string()))?;
    app.blobs.put_thumbnail(sha256, small).await.map_err(|error| JobError::Again(error.to_string()))
}

fn shrink(bytes: &[u8]) -> image::ImageResult<Bytes> {
    if let Ok(strokes) = Strokes::decode(bytes) {
        return as_jpeg(&picture::draw(&strokes).thumbnail(SIDE, SIDE));
    }
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format()?;
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_ALLOC);
    reader.limits(limits);
    let mut decoder = reader.into_decoder()?;
    let orientation = decoder.orientation()?;
    let mut picture = DynamicImage::from_decoder(decoder)?.thumbnail(SIDE, SIDE);
    picture.apply_orientation(orientation);
    as_jpeg(&picture)
}

fn as_jpeg(picture: &DynamicImage) -> image::ImageResult<Bytes> {
    let mut jpeg = Vec::new();
    picture.to_rgb8().write_with_encoder(JpegEncoder::new_with_quality(&mut jpeg, 80))?;
    Ok(jpeg.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_shape() {
        let mut bytes = Cursor::new(Vec::new());
        DynamicImage::new_rgb8(1280, 640).write_to(&mut bytes, image::ImageFormat::Png).expect("an encoder");
        let small = shrink(bytes.get_ref()).expect("a picture");
        let size = image::load_from_memory(&small).map(|it| (it.width(), it.height()));
        assert_eq!(size.ok(), Some((320, 160)));
    }
}
