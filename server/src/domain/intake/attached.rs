//! The files of a visit at the door: those that its answers name and no others, and what each is by its bytes.

use bytes::Bytes;
use wasm_forms::encryption;

use super::IntakeError;
use super::arrived::Arrived;
use crate::domain::evidence;
use crate::domain::form::Published;
use crate::store::inbox::InboxFile;

pub(super) fn files(arrived: &Arrived, published: &Published) -> Result<Vec<InboxFile>, IntakeError> {
    let named = wasm_forms::attachments(&arrived.xml, &published.form)
        .map_err(|diagnostic| IntakeError::Malformed(Some(diagnostic)))?;
    let came = |name: &str| arrived.hashes.iter().any(|(known, _)| known == name);
    if let Some(missing) = named.iter().find(|it| !came(&it.name)) {
        return Err(IntakeError::Missing(missing.name.clone()));
    }
    let asked_for = |name: &str| named.iter().find(|it| it.name == name);
    if let Some((name, _)) = arrived.hashes.iter().find(|(name, _)| asked_for(name).is_none()) {
        return Err(IntakeError::Extra(name.clone()));
    }
    let look = |((name, bytes), (_, sha256)): (&(String, Bytes), &(String, String))| {
        let media_type = asked_for(name).map_or("", |it| it.media_type.as_str());
        let is_picture = media_type.starts_with("image/") || evidence::is_picture_name(name);
        let looked_at = match media_type {
            encryption::OPAQUE => evidence::opaque(bytes),
            _ => evidence::inspect(bytes, is_picture),
        };
        let media = looked_at.map_err(|error| IntakeError::Media { name: name.clone(), error })?;
        Ok(InboxFile {
            name: name.clone(),
            sha256: sha256.clone(),
            media_type: media.media_type.to_owned(),
            size_bytes: bytes.len() as i64,
            width: media.width.into(),
            height: media.height.into(),
        })
    };
    arrived.upload.files.iter().zip(&arrived.hashes).map(look).collect()
}
