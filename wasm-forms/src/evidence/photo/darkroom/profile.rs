//! Whether the colours of a file are those of sRGB, which is what a file without a profile has (ICC.1:2022, chapters 7 to 10).
//! Many cameras say so of themselves; of other colours only who draws knows what to do with them.

/// What the red, green and blue of sRGB are, as profiles tell it.
const COLORANTS: [(&[u8; 4], [f32; 3]); 3] = [
    (b"rXYZ", [0.436_1, 0.222_5, 0.013_9]),
    (b"gXYZ", [0.385_1, 0.716_9, 0.097_1]),
    (b"bXYZ", [0.143_1, 0.060_6, 0.714_1]),
];

/// How much these may differ: profiles round, and some were made with a slightly other white.
const APART: f32 = 0.003;

/// The curve of sRGB as a parametric one: exponent, factor, offset, factor and end of its straight part, and what is added to
/// both parts, which some leave out.
const CURVE: [f32; 7] = [2.4, 0.947_87, 0.052_13, 0.077_4, 0.040_45, 0.0, 0.0];

/// At how many places a table is looked at.
const PLACES: usize = 16;

/// Returns whether a profile is of sRGB.
pub(super) fn is_srgb(profile: &[u8]) -> bool {
    let is_rgb = profile.get(16..20) == Some(b"RGB ");
    let has_colorants = COLORANTS.iter().all(|(name, wanted)| {
        let told = tag(profile, name).and_then(|it| it.strip_prefix(b"XYZ \0\0\0\0")).map(fractions);
        told.is_some_and(|told| are_near(&told, wanted))
    });
    // What has such tables is converted by them, whatever else it tells.
    is_rgb
        && tag(profile, b"A2B0").is_none()
        && has_colorants
        && [b"rTRC", b"gTRC", b"bTRC"].iter().all(|name| tag(profile, name).is_some_and(is_curve))
}

/// Returns what a profile has under a name.
fn tag<'a>(profile: &'a [u8], name: &[u8; 4]) -> Option<&'a [u8]> {
    let entries = profile.get(132..)?.as_chunks::<12>().0;
    let entry = entries.iter().take(number(profile, 128)?).find(|it| it.starts_with(name))?;
    profile.get(number(entry, 4)?..)?.get(..number(entry, 8)?)
}

fn is_curve(tag: &[u8]) -> bool {
    let parametric = |kind: &[u8]| tag.strip_prefix(b"para\0\0\0\0")?.strip_prefix(kind).map(fractions);
    if let Some(told) = parametric(b"\0\x03\0\0") {
        return are_near(&told, &CURVE[..5]);
    }
    if let Some(told) = parametric(b"\0\x04\0\0") {
        return are_near(&told, &CURVE);
    }
    let Some(entries) = tag.strip_prefix(b"curv\0\0\0\0").and_then(|it| it.get(4..)) else { return false };
    let entries = entries.as_chunks::<2>().0;
    let is_at = |place: usize| {
        let at = place * (entries.len() - 1) / PLACES;
        let told = f32::from(u16::from_be_bytes(entries[at])) / 65_535.0;
        (told - light(at as f32 / (entries.len() - 1) as f32)).abs() <= APART / 3.0
    };
    entries.len() >= 256 && (0..=PLACES).all(is_at)
}

/// Returns the light of a value, both of 1.
fn light(value: f32) -> f32 {
    let [exponent, factor, offset, slope, straight, ..] = CURVE;
    if value < straight { slope * value } else { (factor * value + offset).powf(exponent) }
}

fn are_near(told: &[f32], wanted: &[f32]) -> bool {
    told.len() >= wanted.len() && told.iter().zip(wanted).all(|(told, wanted)| (told - wanted).abs() <= APART)
}

/// Reads fractions of 16 bits behind the point.
fn fractions(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks::<4>().0.iter().map(|it| i32::from_be_bytes(*it) as f32 / 65_536.0).collect()
}

fn number(bytes: &[u8], at: usize) -> Option<usize> {
    let number = bytes.get(at..)?.first_chunk()?;
    usize::try_from(u32::from_be_bytes(*number)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A profile with these tags.
    fn profile(tags: &[(&[u8; 4], Vec<u8>)]) -> Vec<u8> {
        let mut head = vec![0; 128];
        head[16..20].copy_from_slice(b"RGB ");
        head.extend((tags.len() as u32).to_be_bytes());
        let mut bodies = Vec::new();
        for (name, body) in tags {
            head.extend_from_slice(&name[..]);
            head.extend(((132 + 12 * tags.len() + bodies.len()) as u32).to_be_bytes());
            head.extend((body.len() as u32).to_be_bytes());
            bodies.extend_from_slice(body);
        }
        [head, bodies].concat()
    }

    fn with_fractions(head: &[u8], numbers: &[f32]) -> Vec<u8> {
        let numbers = numbers.iter().flat_map(|it| ((it * 65_536.0) as i32).to_be_bytes());
        head.iter().copied().chain(numbers).collect()
    }

    fn of(curve: &[u8], red: f32) -> Vec<u8> {
        let colorant = |numbers: &[f32]| with_fractions(b"XYZ \0\0\0\0", numbers);
        profile(&[
            (b"rXYZ", colorant(&[red, 0.2225, 0.0139])),
            (b"gXYZ", colorant(&COLORANTS[1].1)),
            (b"bXYZ", colorant(&COLORANTS[2].1)),
            (b"rTRC", curve.to_vec()),
            (b"gTRC", curve.to_vec()),
            (b"bTRC", curve.to_vec()),
        ])
    }

    #[test]
    fn a_profile_of_srgb_is_known_by_its_colours_and_its_curve() {
        let curve = with_fractions(b"para\0\0\0\0\0\x03\0\0", &CURVE[..5]);
        let by_table = |n: u16, curve: fn(f32) -> f32| {
            let entries =
                (0..n).map(|at| (curve(f32::from(at) / f32::from(n - 1)) * 65_535.0).round() as u16);
            let head = [b"curv\0\0\0\0\0\0".as_slice(), &n.to_be_bytes()].concat();
            head.into_iter().chain(entries.flat_map(u16::to_be_bytes)).collect::<Vec<_>>()
        };
        let longer = with_fractions(b"para\0\0\0\0\0\x04\0\0", &CURVE);
        assert!(is_srgb(&of(&curve, 0.4361)) && is_srgb(&of(&longer, 0.4361)));
        assert!(is_srgb(&of(&by_table(1024, light), 0.436)) && is_srgb(&of(&by_table(256, light), 0.436)));
        assert!(!is_srgb(&of(&curve, 0.5151)), "Display P3");
        for n in [256, 1024, 4096] {
            assert!(!is_srgb(&of(&by_table(n, |it| it.powf(2.2)), 0.4361)), "another curve, {n}");
            assert!(!is_srgb(&of(&by_table(n, |it| it), 0.4361)), "no curve, {n}");
        }
        assert!(!is_srgb(&of(&by_table(17, light), 0.4361)), "too few to tell");
        assert!(!is_srgb(&of(b"curv\0\0\0\0\0\0\0\x01\x02\x33", 0.4361)), "a plain exponent");
    }

    #[test]
    fn what_is_cut_is_no_profile() {
        let whole = of(&with_fractions(b"para\0\0\0\0\0\x03\0\0", &CURVE[..5]), 0.4361);
        assert!((0..whole.len()).all(|length| !is_srgb(&whole[..length])));
    }
}
