//! A file of cases as Markdown: `# title`, then per case `## heading`, prose, marks and fenced blocks.
//!
//! Marks are lines of their own outside blocks: `shows: bind.relevant, function.if` and `known_gap: reason`. Blocks:
//! `xlsform` or `xform` (one of them), `story`, and where needed `env`, `list NAME`, `last-saved`.

use super::Failure;

/// A file of cases.
#[derive(Debug)]
pub(super) struct Document {
    pub title: String,
    pub cases: Vec<Case>,
}

/// One case as written.
#[derive(Debug)]
pub(super) struct Case {
    pub heading: String,
    pub line: usize,
    pub shows: Vec<String>,
    pub known_gap: Option<String>,
    pub form: Form,
    pub env: Option<Block>,
    /// Lists by file name.
    pub lists: Vec<(String, Block)>,
    pub last_saved: Option<Block>,
    pub story: Block,
}

/// The form as written.
#[derive(Debug)]
pub(super) enum Form {
    /// Sheets of a workbook.
    Xlsform(Block),
    /// XML.
    Xform(Block),
}

/// A fenced block.
#[derive(Debug, Clone, Default)]
pub(super) struct Block {
    /// Line of its first line in the file.
    pub line: usize,
    pub text: String,
}

#[derive(Default)]
struct Draft {
    heading: String,
    line: usize,
    has_rule: bool,
    shows: Vec<String>,
    known_gap: Option<String>,
    form: Option<Form>,
    env: Option<Block>,
    lists: Vec<(String, Block)>,
    last_saved: Option<Block>,
    story: Option<Block>,
}

pub(super) fn read(markdown: &str) -> Result<Document, Failure> {
    let mut title = String::new();
    let mut drafts: Vec<Draft> = Vec::new();
    let mut lines = markdown.lines().enumerate().map(|(index, line)| (index + 1, line));
    while let Some((number, line)) = lines.next() {
        if let Some(heading) = line.strip_prefix("## ") {
            let heading = heading.trim().to_owned();
            if drafts.iter().any(|it| it.heading == heading) {
                return Err(Failure::new(number, format!("a second case «{heading}»")));
            }
            drafts.push(Draft { heading, line: number, ..Draft::default() });
        } else if let Some(name) = line.strip_prefix("# ") {
            name.trim().clone_into(&mut title);
        } else if let Some(fence) = line.strip_prefix("```") {
            let block = fenced(&mut lines, number)?;
            let Some(draft) = drafts.last_mut() else {
                return Err(Failure::new(number, "a block before the first case"));
            };
            draft.take(fence.trim(), block, number)?;
        } else if let Some(draft) = drafts.last_mut() {
            draft.prose(line.trim());
        }
    }
    if title.is_empty() {
        return Err(Failure::new(1, "no title: the file begins with `# what it is about`"));
    }
    let cases = drafts.into_iter().map(Draft::finish).collect::<Result<_, _>>()?;
    Ok(Document { title, cases })
}

fn fenced<'a>(
    lines: &mut impl Iterator<Item = (usize, &'a str)>,
    opened_at: usize,
) -> Result<Block, Failure> {
    let mut block = Block { line: opened_at + 1, text: String::new() };
    for (_, line) in lines {
        if line.trim_end() == "```" {
            return Ok(block);
        }
        block.text += line;
        block.text.push('\n');
    }
    Err(Failure::new(opened_at, "a block that is not closed"))
}

impl Draft {
    fn prose(&mut self, line: &str) {
        if let Some(features) = line.strip_prefix("shows:") {
            self.shows.extend(features.split(',').map(|it| it.trim().to_owned()));
        } else if let Some(reason) = line.strip_prefix("known_gap:") {
            self.known_gap = Some(reason.trim().to_owned());
        } else {
            self.has_rule |= !line.is_empty();
        }
    }

    fn take(&mut self, fence: &str, block: Block, line: usize) -> Result<(), Failure> {
        let (kind, name) = fence.split_once(' ').unwrap_or((fence, ""));
        let mut twice = false;
        match kind {
            "xlsform" => twice = self.form.replace(Form::Xlsform(block)).is_some(),
            "xform" => twice = self.form.replace(Form::Xform(block)).is_some(),
            "env" => twice = self.env.replace(block).is_some(),
            "story" => twice = self.story.replace(block).is_some(),
            "last-saved" => twice = self.last_saved.replace(block).is_some(),
            "list" if !name.trim().is_empty() => self.lists.push((name.trim().to_owned(), block)),
            "list" => return Err(Failure::new(line, "a list without a name")),
            _ => return Err(Failure::new(line, format!("an unknown block `{kind}`"))),
        }
        if twice { Err(Failure::new(line, format!("a second block `{kind}`"))) } else { Ok(()) }
    }

    fn finish(self) -> Result<Case, Failure> {
        let missing = |what: &str| Failure::new(self.line, format!("«{}» has no {what}", self.heading));
        if !self.has_rule {
            return Err(missing("rule: say in a sentence what holds, and by which section"));
        }
        if self.known_gap.as_deref() == Some("") {
            return Err(missing("reason for its known_gap"));
        }
        let form = self.form.ok_or_else(|| Failure::new(self.line, "no form"))?;
        let story = self.story.ok_or_else(|| Failure::new(self.line, "no story"))?;
        Ok(Case {
            heading: self.heading,
            line: self.line,
            shows: self.shows,
            known_gap: self.known_gap,
            form,
            env: self.env,
            lists: self.lists,
            last_saved: self.last_saved,
            story,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn says_what_is_wrong_with_a_file_and_where() {
        let check = |markdown: &str, expected: &str| {
            let found =
                read(markdown).map_or_else(|it| format!("{}: {}", it.line, it.text), |_| "read".to_owned());
            assert_eq!(found, expected);
        };
        check("", "1: no title: the file begins with `# what it is about`");
        check("# A\n## B\nrule\n```xform\n```\n```story\n```\n", "read");
        check("# A\n## B\nrule\n```story\n```\n", "2: no form");
        check("# A\n## B\nrule\n```story\n", "4: a block that is not closed");
        check("# A\n## B\nrule\n```poem\n```\n", "4: an unknown block `poem`");
        check("# A\n```story\n```\n", "2: a block before the first case");
        check("# A\n## B\nr\n```xform\n```\n```story\n```\n## B\n", "8: a second case «B»");
    }
}
