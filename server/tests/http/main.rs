//! The server as a client sees it: real router, real SQLite and files in a temporary folder, the pack's own forms
//! filled in by the engine.

mod at_rest;
mod backup;
mod community;
mod conflict;
mod described;
mod desk;
mod durable;
mod encrypted;
mod example;
mod form_versions;
mod handed_in;
mod inbox;
mod intake;
mod openapi;
mod packs;
mod phone;
mod pictures;
mod retention;
mod routes;
mod seal;
mod session;
mod settling;
mod signatures;
mod story;
mod transfer;
mod uploads;
mod verify;
mod visit;
mod web;
mod work;
