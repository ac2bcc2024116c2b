//! What a person reads in the terminal: addresses, a QR code for phones, the demo's log-ins.

use std::net::{IpAddr, SocketAddr, UdpSocket};

use doorstep::domain::setup::Installed;

/// Prints what the demo set up.
pub fn installed(installed: &Installed) {
    if installed.logins.is_empty() {
        println!("演示数据已在 The demo community is there already.");
        return;
    }
    println!(
        "演示社区 Demo community: {} residents, {} tasks, {} forms. Nobody in it is real.",
        installed.n_residents, installed.n_tasks, installed.n_forms
    );
    println!("登录 Log-ins (shown once):");
    for it in installed.logins.iter().take(4) {
        println!(
            "  {:<12} {:<14} {} {} {}",
            it.username,
            it.password,
            it.role.as_str(),
            it.name,
            it.grids.join(" ")
        );
    }
    let n_more = installed.logins.len().saturating_sub(4);
    println!("  … {n_more} more of the team (v03 …, w01 …) with the same password as v01.");
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
