//! What a person reads in the terminal: addresses, a QR code for phones, the demo's log-ins.

use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::path::Path;

use doorstep::domain::setup::Installed;

/// The demo's log-ins, kept beside its data so that every start can tell them again. Nobody in the demo is real; a
/// real community's passwords are shown once and never written down.
const DEMO_LOGINS: &str = "demo-logins.txt";

/// Prints what the demo set up, and keeps its log-ins in the data folder.
pub fn installed(installed: &Installed, data: &Path) -> std::io::Result<()> {
    if installed.logins.is_empty() {
        println!("演示数据已在 The demo community is there already.");
        return Ok(());
    }
    println!(
        "演示社区 Demo community: {} residents, {} tasks, {} forms. Nobody in it is real.",
        installed.n_residents, installed.n_tasks, installed.n_forms
    );
    let logins = demo_logins(installed);
    println!("{logins}");
    std::fs::write(data.join(DEMO_LOGINS), logins)
}

/// Prints the log-ins again where the data folder holds the demo.
pub fn logins_of_demo(data: &Path) {
    if let Ok(logins) = std::fs::read_to_string(data.join(DEMO_LOGINS)) {
        println!("{}", logins.trim_end());
    }
}

fn demo_logins(installed: &Installed) -> String {
    let mut text = "演示登录 Demo log-ins:\n".to_owned();
    for it in installed.logins.iter().take(4) {
        let (role, grids) = (it.role.as_str(), it.grids.join(" "));
        text += &format!("  {:<12} {:<14} {role} {} {grids}\n", it.username, it.password, it.name);
    }
    let n_more = installed.logins.len().saturating_sub(4);
    text + &format!("  … {n_more} more of the team (v03 …, w01 …, adviser) with the same password as v01.")
}

/// Prints where the server listens.
pub fn listening(address: SocketAddr, is_tls: bool) {
    let scheme = if is_tls { "https" } else { "http" };
    let port = address.port();
    let host = if address.ip().is_unspecified() { "localhost".to_owned() } else { bracketed(address.ip()) };
    println!("志愿者 Volunteers  {scheme}://{host}:{port}/");
    println!("复核台 Desk        {scheme}://{host}:{port}/desk");
    if address.ip().is_unspecified()
        && let Some(lan) = lan_address()
    {
        let url = format!("{scheme}://{}:{port}/", bracketed(lan));
        println!("手机扫码 From a phone  {url}");
        if let Ok(code) = fast_qr::QRBuilder::new(url).build() {
            println!("{}", code.to_str());
        }
        if !is_tls {
            println!(
                "手机的相机和离线要用 HTTPS Phones need HTTPS for camera and offline: add --tls-self-signed"
            );
        }
    }
}

/// Returns the address other machines reach this one by. Nothing is sent: connecting a datagram socket only asks the
/// system which of its addresses it would use.
pub fn lan_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind(("0.0.0.0", 0)).ok()?;
    socket.connect(("192.0.2.1", 9)).ok()?;
    Some(socket.local_addr().ok()?.ip()).filter(|it| !it.is_loopback() && !it.is_unspecified())
}

fn bracketed(address: IpAddr) -> String {
    match address {
        IpAddr::V4(it) => it.to_string(),
        IpAddr::V6(it) => format!("[{it}]"),
    }
}
