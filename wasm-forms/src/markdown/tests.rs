use super::*;

/// Writes nodes as `strong[…]`, with what is set on an element in braces.
fn shown(nodes: &[Node]) -> String {
    nodes
        .iter()
        .map(|node| match node {
            Node::Text { text } => text.replace('\n', "/"),
            Node::Element(it) => {
                let mut set = it.url.clone().unwrap_or_default();
                set += &it.start.map(|it| it.to_string()).unwrap_or_default();
                set += &it.style;
                let set = if set.is_empty() { set } else { format!("{{{set}}}") };
                format!("{}{set}[{}]", it.tag.as_str(), shown(&it.children))
            }
        })
        .collect()
}

fn check(label: &str, expected: &str) {
    assert_eq!(shown(&parse(label)), expected, "{label}");
}

#[test]
fn strong_and_emphasised_text() {
    check("您好", "您好");
    check("", "");
    check("**请核对**证件", "strong[请核对]证件");
    check("__请核对__ 证件", "strong[请核对] 证件");
    check("*小心*台阶", "em[小心]台阶");
    check("_小心_ 台阶", "em[小心] 台阶");
    check("**核对。**然后", "strong[核对。]然后");
    check("**a *b* c** d", "strong[a em[b] c] d");
    check("*a __b__ c* d", "em[a strong[b] c] d");
    check("***都要***", "em[strong[都要]]");
    check("*甲 **乙***", "em[甲 strong[乙]]");
    check("*甲 **乙*", "em[甲 **乙]");
}

#[test]
fn what_is_no_complete_mark_is_text() {
    for label in [
        "snake_case_name",
        "3 * 4 * 5",
        "**没有关上",
        "证件号：880101********8574",
        "138***1234，139***5678",
        "姓名 ____ 电话 ___",
        "1 < 2 且 3 > 2",
        "a <b和c> d",
        "[x] 是 [ ] 否",
        "[说明] (https://example.org)",
        "R&D; &x;",
        "C:\\Users\\x",
        "#没有空格",
        "####### 七级",
        "-5 度",
        "第 3. 题",
        "\\",
    ] {
        check(label, label);
    }
}

#[test]
fn escapes_and_references() {
    check("\\# 无 \\*标\\* 记", "# 无 *标* 记");
    check("\\[x\\](y) \\\\", "[x](y) \\");
    check("&lt;b&gt; A&amp;B &amp;lt;", "<b> A&B &lt;");
}

#[test]
fn paragraphs_and_headings() {
    check("甲\n乙", "甲/乙");
    check("甲\r\n  乙", "甲/乙");
    check("甲\n\n乙\n \n丙", "p[甲]p[乙]p[丙]");
    check("    四个空格", "四个空格");
    check("# 一", "h1[一]");
    check("###### 六", "h6[六]");
    check("## **粗** 标题\n正文", "h2[strong[粗] 标题]p[正文]");
}

#[test]
fn lists() {
    check("- 甲\n- 乙", "ul[li[p[甲]]li[p[乙]]]");
    check("1. 甲\n2. **乙**\n   续", "ol{1}[li[p[甲]]li[p[strong[乙]/续]]]");
    check("问：\n* 甲\n* 乙\n\n+ 丙", "p[问：]ul[li[p[甲]]li[p[乙]]]ul[li[p[丙]]]");
    check("- 甲\n  1) 一\n  2) 二\n\n- 乙", "ul[li[p[甲]ol{1}[li[p[一]]li[p[二]]]]li[p[乙]]]");
    check("3. 第三题", "3. 第三题");
    check("3. 第三题\n请 *核对*", "3. 第三题/请 em[核对]");
    check("### 节\n\n3. 第三题", "h3[节]ol{3}[li[p[第三题]]]");
    check("生于\n1949. 年", "生于/1949. 年");
    check("- - - - - - x", "ul[li[ul[li[ul[li[ul[li[p[- - x]]]]]]]]]");
}

#[test]
fn links_go_only_where_it_is_safe() {
    check("看[说*明*](https://example.org/a_(b))。", "看a{https://example.org/a_(b)}[说em[明]]。");
    check("[打电话](tel:+123)", "a{tel:+123}[打电话]");
    check("[x](JavaScript:alert(1))", "span[x]");
    check("[x](data:text/html,x) [y](//example.org) [z]()", "span[x] span[y] span[z]");
    check("[a [b](http://b) c](http://d)", "[a a{http://b}[b] c](http://d)");
    check("[*x](http://y)*", "a{http://y}[*x]*");
    check("[x](http://a\u{2}b)", "span[x]");
    check("<a href=\"javascript:x\">点</a>", "点");
}

#[test]
fn tags() {
    check("<b>粗</b> <i>斜</i> <u>线</u>", "strong[粗] em[斜] u[线]");
    check("<STRONG >粗</strong\t>x", "strong[粗]x");
    check("甲<br>乙<br/>", "甲br[]乙br[]");
    check("可 <div style=\"\">以</div> 的", "可 div[以] 的");
    check("<p style=\"text-align: center\">中</p>", "p{text-align:center}[中]");
    check("<p>甲</p>\n\n乙", "p[甲]p[乙]");
    check(
        "<span style=\"color:red; font-family:宋体, 'Noto Sans'\">红</span>",
        "span{color:red;font-family:宋体, 'Noto Sans'}[红]",
    );
    check(
        "<span style='COLOR:#Ff0'>红</span><span style=color:blue class=x>蓝</span>",
        "span{color:#Ff0}[红]span{color:blue}[蓝]",
    );
    check("<span class=\"style\" hidden style=\"color:rgb(1, 2,3)\">x</span>", "span{color:rgb(1, 2,3)}[x]");
    check("<div style=\";;;a:b;color:url(x);color:expression(1);font-family:a\\b\">x</div>", "div[x]");
    check("<script>alert(1)</script>", "alert(1)");
    check("<b>没关 **x**", "没关 strong[x]");
    check("<b>甲 <i>乙</b> 丙</i>", "strong[甲 乙] 丙");
    check("**甲 <b>乙** 丙</b>", "strong[甲 乙] 丙");
}

#[test]
fn outputs_stay_in_their_place() {
    fn check(pieces: &[Piece<'_>], expected: &str) {
        assert_eq!(shown(&parse_pieces(pieces)), expected, "{pieces:?}");
    }
    use Piece::{Output, Text};
    check(&[Text("**"), Output("王"), Text("**好")], "strong[span[王]]好");
    check(&[Text("**"), Output(""), Text("** 好")], "strong[span[]] 好");
    check(&[Text("**亲爱的 "), Output("A _b_ **c"), Text("！**")], "strong[亲爱的 span[A em[b] **c]！]");
    check(&[Output("# 甲\n- 乙")], "span[# 甲/- 乙]");
    check(&[Output("[x](http://y) <b>z</b>\\*")], "span[[x](http://y) <b>z</b>\\*]");
    check(
        &[Text("["), Output("网"), Text("](https://"), Output("x.org"), Text(")"), Output("末")],
        "a{https://x.org}[span[网]]span[末]",
    );
    check(&[Text("[x]("), Output("javascript:y"), Text(")")], "span[x]");
    check(
        &[Text("<span style=\"color:"), Output("green"), Text("\">x</span>"), Output("y")],
        "span{color:green}[x]span[y]",
    );
    check(
        &[Text("<span style=\"color:"), Output("x\" onclick=\"y"), Text("\">x</span>")],
        "span{color:x}[x]",
    );
    check(&[Text("<br "), Output("a"), Text(">b"), Output("c")], "br[]bspan[c]");
    check(&[Output("a"), Text("_"), Output("b"), Text("_"), Output("c")], "span[a]_span[b]_span[c]");
    check(&[Text("3. "), Output("a")], "3. span[a]");
    check(&[Text("伪\u{1}造"), Output("a")], "伪造span[a]");
}

#[test]
fn plain_text_has_no_marks() {
    assert_eq!(plain_text(&parse("**请**核对\n*姓名*")), "请核对\n姓名");
    assert_eq!(plain_text(&parse("# 节\n- 甲\n- 乙\n\n末<br>行")), "节\n甲\n乙\n末\n行");
}

#[test]
fn the_shape_of_the_json() {
    let json =
        serde_json::to_string(&parse("甲[乙](tel:1)<span style=\"color:red\"></span>")).expect("plain data");
    let expected = r#"[{"text":"甲"},{"tag":"a","url":"tel:1","children":[{"text":"乙"}]},"#.to_owned()
        + r#"{"tag":"span","style":"color:red","children":[]}]"#;
    assert_eq!(json, expected);
}

/// A small generator of numbers; the same seed gives the same texts.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n
    }
}

const FRAGMENTS: [&str; 44] = [
    "甲",
    "乙",
    "丙",
    " ",
    " ",
    "\n",
    "\n\n",
    "*",
    "**",
    "***",
    "****",
    "_",
    "__",
    "___",
    "\\",
    "[",
    "]",
    "](",
    "(",
    ")",
    "](http://x)",
    "](javascript:y)",
    "# ",
    "###### ",
    "- ",
    "1. ",
    "2) ",
    "\n  - ",
    "\t",
    "<b>",
    "</b>",
    "<i>",
    "</i>",
    "<span style=\"color:red\">",
    "</span>",
    "<p>",
    "</p>",
    "<br>",
    "<x",
    ">",
    "&lt;",
    "&",
    "。",
    "\u{1}",
];

fn random_text(random: &mut Random) -> String {
    let n = random.below(40);
    (0..n).map(|_| FRAGMENTS[random.below(FRAGMENTS.len())]).collect()
}

fn all_text(nodes: &[Node]) -> String {
    let text = |node: &Node| match node {
        Node::Text { text } => text.clone(),
        Node::Element(it) => all_text(&it.children),
    };
    nodes.iter().map(text).collect()
}

fn height(nodes: &[Node]) -> usize {
    let height_of = |node: &Node| match node {
        Node::Text { .. } => 0,
        Node::Element(it) => 1 + height(&it.children),
    };
    nodes.iter().map(height_of).max().unwrap_or_default()
}

fn assert_safe(nodes: &[Node]) {
    let mut was_text = false;
    for node in nodes {
        let is_text = matches!(node, Node::Text { .. });
        assert!(!(is_text && was_text), "texts are joined");
        was_text = is_text;
        match node {
            Node::Text { text } => assert!(!text.is_empty()),
            Node::Element(it) => {
                assert_eq!(it.tag == Tag::A, it.url.is_some());
                assert!(it.url.as_deref().is_none_or(is_safe_url));
                assert!(it.start.is_none() || it.tag == Tag::Ol);
                assert_safe(&it.children);
            }
        }
    }
}

#[test]
fn whatever_is_written_is_safe_and_whole() {
    let mut random = Random(20_261_122);
    for _ in 0..20_000 {
        let texts = [random_text(&mut random), random_text(&mut random), random_text(&mut random)];
        let pieces = [Piece::Text(&texts[0]), Piece::Output(&texts[1]), Piece::Text(&texts[2])];
        let nodes = parse_pieces(&pieces);
        assert_safe(&nodes);
        let is_content = |it: &char| "甲乙丙。".contains(*it);
        let (wanted, found) = (texts.concat(), all_text(&nodes));
        // What stands in a tag or an address is no text.
        if !texts.iter().any(|it| it.contains('<') || it.contains('(')) {
            let content = |it: &str| it.chars().filter(is_content).collect::<String>();
            assert_eq!(content(&found), content(&wanted), "{pieces:?}");
        }
    }
}

#[test]
fn long_and_deep_texts_are_read_in_one_pass() {
    const N: usize = 30_000;
    for fragment in [
        "*",
        "* ",
        "*a ",
        "a*",
        "**a ",
        "a** *b",
        "_",
        "_a ",
        "[",
        "]",
        "](",
        "[a](",
        "[a]",
        "<",
        "<b>",
        "</b>",
        "<b><i></b>",
        "<b",
        "&",
        "\\",
        "- ",
        "- a\n",
        " - a\n",
        "  - a\n\n",
        "1. ",
        "# ",
        "#",
        "\n",
        "(",
        "[x](http://y) ",
        "\u{1}",
        "*a **b __c <b>",
    ] {
        let nodes = parse(&fragment.repeat(N));
        assert_safe(&nodes);
        assert!(height(&nodes) <= usize::from(MAX_HEIGHT) + 10, "{fragment}");
    }
    let nested = ["*甲 ".repeat(N), "乙* ".repeat(N)].concat();
    let nodes = parse(&nested);
    assert_eq!(height(&nodes), usize::from(MAX_HEIGHT));
    assert_eq!(all_text(&nodes).matches('甲').count(), N);
    let answer = parse_pieces(&[Piece::Text("**"), Piece::Output(&nested), Piece::Text("**")]);
    assert!(height(&answer) <= usize::from(MAX_HEIGHT));
}
