//! Which photographs are looked at, and where they are found.

use std::path::{Path, PathBuf};

use anyhow::Result;

/// A photograph on this machine.
#[derive(Debug)]
pub struct Picture {
    pub name: String,
    pub path: PathBuf,
    /// Whether it was blurred by the camera that took it.
    pub is_spoilt: bool,
}

/// Sharp photographs in usable light, by the end of their path in the packages.
pub const WANTED: &[&str] = &[
    // scikit-image
    "skimage/data/astronaut.png",
    "skimage/data/camera.png",
    "skimage/data/chelsea.png",
    "skimage/data/coffee.png",
    "skimage/data/motorcycle_left.png",
    "skimage/data/rocket.jpg",
    // scikit-learn
    "datasets/images/china.jpg",
    "datasets/images/flower.jpg",
    // OpenCV
    "examples/data/aero1.jpg",
    "examples/data/aloeL.jpg",
    "examples/data/apple.jpg",
    "examples/data/baboon.jpg",
    "examples/data/basketball1.png",
    "examples/data/board.jpg",
    "examples/data/box_in_scene.png",
    "examples/data/building.jpg",
    "examples/data/butterfly.jpg",
    "examples/data/chicky_512.png",
    "examples/data/ela_original.jpg",
    "examples/data/fruits.jpg",
    "examples/data/graf1.png",
    "examples/data/home.jpg",
    "examples/data/left.jpg",
    "examples/data/left01.jpg",
    "examples/data/leuvenA.jpg",
    "examples/data/messi5.jpg",
    "examples/data/orange.jpg",
    "examples/data/rubberwhale1.png",
    "examples/data/squirrel_cls.jpg",
    "examples/data/stuff.jpg",
    "examples/data/sudoku.png",
    // Backgrounds of MATE, Lomiri and Plasma
    "mate/nature/Dune.jpg",
    "mate/nature/FreshFlower.jpg",
    "mate/nature/Garden.jpg",
    "mate/nature/GreenMeadow.jpg",
    "mate/nature/LadyBird.jpg",
    "mate/nature/RainDrops.jpg",
    "mate/nature/TwoWings.jpg",
    "mate/nature/YellowFlower.jpg",
    "backgrounds/Bridge_by_Sander_Klootwijk.jpg",
    "backgrounds/Dragonfly_by_Bolly.jpg",
    "backgrounds/Kleiber_by_Lukas_Baubkus.jpg",
    "backgrounds/Picture_0B_by_freespace.jpg",
    "backgrounds/Picture_1A_by_freespace.jpg",
    "backgrounds/Wine_by_Jakkub_Mede.jpg",
    "backgrounds/aitzgorri_by_Aitzol_Berasategi.jpg",
    "backgrounds/free_by_Peter_Nerlich.jpg",
    "backgrounds/friends_by_Aitzol_Berasategi.jpg",
    "backgrounds/life_by_Aitzol_Berasategi.jpg",
    "backgrounds/picosdeeuropa_by_Aitzol_Berasategi.jpg",
    "backgrounds/seeding_by_Clements_Engelhardt.jpg",
    "backgrounds/sunset_by_Aitzol_Berasategi.jpg",
    "BytheWater/contents/images/2560x1600.jpg",
    "ColorfulCups/contents/images/2560x1600.jpg",
    "EveningGlow/contents/images/2560x1600.jpg",
    "FallenLeaf/contents/images/2560x1600.jpg",
    "Grey/contents/images/2560x1600.jpg",
    "OneStandsOut/contents/images/2560x1600.jpg",
    "Path/contents/images/2560x1600.jpg",
];

/// Photographs that a moving or unfocused camera took.
pub const SPOILT: &[&str] = &[
    "skimage/data/clock_motion.png",
    "examples/data/licenseplate_motion.jpg",
    "examples/data/text_defocus.jpg",
    "examples/data/text_motion.jpg",
];

/// Returns the photographs that lie below some folders, in the order of the lists; each once.
pub fn found_below(folders: &[PathBuf]) -> Result<Vec<Picture>> {
    let mut files = Vec::new();
    for folder in folders {
        walk(folder, &mut files)?;
    }
    files.sort();
    let wanted = WANTED.iter().map(|end| (*end, false)).chain(SPOILT.iter().map(|end| (*end, true)));
    let found = wanted.filter_map(|(end, is_spoilt)| {
        let path = files.iter().find(|file| file.ends_with(end))?;
        let mut parts = end.rsplit('/');
        let file = parts.next().unwrap_or(end);
        // Plasma's pictures are called by their size; what they show is the folder's name.
        let name = if file.starts_with("2560x") { parts.nth(2).unwrap_or(file) } else { file };
        Some(Picture { name: name.to_owned(), path: path.clone(), is_spoilt })
    });
    Ok(found.collect())
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            walk(&entry.path(), files)?;
        } else {
            files.push(entry.path());
        }
    }
    Ok(())
}
