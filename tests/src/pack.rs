//! The community's pack as tests use it: every workbook converted and compiled, and small lists to go with them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use wasm_forms::{Form, xlsform};

use crate::autofill::{autofill, story_env};
use crate::replay::Story;

const RESIDENTS: &str = "name,label,__version,full_name,sex,birth_date,id_masked,id_last4,phone,address,grid,building,\
household_id,benefit_kind,cert_status,cert_last,cert_due,cert_cycle_months,living_alone,selfcare,guardian_name,guardian_phone,\
care_level,care_interval_days,last_care,care_note\n\
R1,孔月芳 · 东区 1-1-402,1,孔月芳,f,1952-03-15,880101********130X,130X,15432365309,晨光佳园东区 1 号楼 1 单元 402 室,G01,E01,\
E01-1-402,employee,overdue,2025-11-03,2026-11-03,12,no,full,,,,,,\n\
R2,𬭎成海 · 东区 1-1-601,4,𬭎成海,m,1949-08-14,880101********4519,4519,15416326639,晨光佳园东区 1 号楼 1 单元 601 室,G01,E01,\
E01-1-601,resident,due_soon,2025-12-04,2026-12-04,12,yes,partial,𬭎志强,15400000009,key,30,2026-11-01,\"听力不好,敲门要重\"\n";

/// The lists of the pack by instance id: the residents here, of every other list what its form needs.
fn lists(form: &Form) -> BTreeMap<String, String> {
    let list = |id: &str| {
        match id {
        "residents" => (id.to_owned(), RESIDENTS.to_owned()),
        "policies" => (id.to_owned(), "name,label,__version,threshold,materials,timing,note\ndibao,最低生活保障,1,830,身份证,随时,\naged,高龄津贴,1,80,身份证,当月,\n".to_owned()),
        _ => {
            let header = "name,label,__version,full_name,kind,status,grid,owner,subject,phone,deadline,grids,head,address,size,terms,title";
            let row = |(status, kind): (&str, &str)| format!("X-{status},{status} · 第 1 网格,1,刘红玲,{kind},{status},G01,刘红玲,R1,15400000001,2026-12-01,G01,刘红玲,东区,2,约好,漏水");
            let rows = [("open", "courtyard"), ("agreed", "building"), ("claimed", "point"), ("active", "grid"), ("overdue", "studio")];
            let rows = rows.map(row).join("\n");
            (id.to_owned(), format!("{header}\n{rows}\n"))
        }
    }
    };
    form.lists().into_iter().map(|(id, _)| list(id)).collect()
}

/// Returns the pack's workbooks in order of their names.
#[must_use]
pub fn workbooks() -> Vec<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../server/packs/community/forms");
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|it| panic!("{}: {it}", folder.display()));
    let mut found: Vec<PathBuf> = entries.map(|it| it.expect("a readable folder").path()).collect();
    found.retain(|it| it.extension().is_some_and(|it| it == "xlsx"));
    found.sort();
    found
}

/// Returns two stories a form: the shortest way through it, and one that opens what it can.
#[must_use]
pub fn stories() -> Vec<Story> {
    workbooks().iter().flat_map(|path| (0..2).map(|variant| story(path, variant))).collect()
}

fn story(path: &std::path::Path, variant: usize) -> Story {
    let stem = path.file_stem().map(|it| it.to_string_lossy().into_owned()).unwrap_or_default();
    let conversion = xlsform::convert(&std::fs::read(path).expect("the pack's own file"), &stem);
    let xform = conversion.xform.unwrap_or_else(|| panic!("{stem}: {:?}", conversion.diagnostics));
    let form = Form::compile(&xform).unwrap_or_else(|it| panic!("{stem}: {it:#?}"));
    let start = Story {
        form_id: form.id().to_owned(),
        lists: lists(&form),
        xform,
        env: story_env(),
        prefill: vec![
            ("/data/pick/resident".to_owned(), "R1".to_owned()),
            ("/data/resident".to_owned(), "R2".to_owned()),
        ],
        steps: Vec::new(),
        finish_ms: 0,
        tampering: vec![
            ("2026-11-23".to_owned(), "2026-11-2x".to_owned()),
            ("王小虎".to_owned(), "王".to_owned()),
            ("yes".to_owned(), "perhaps".to_owned()),
            ("certified".to_owned(), "absent".to_owned()),
        ],
    };
    let (form, lists) = (Arc::new(form), start.open().1);
    autofill(&form, &lists, &start, variant).unwrap_or_else(|it| panic!("{stem}: {it}"))
}
