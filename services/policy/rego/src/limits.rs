//! The limits a caller sets, as they lie in its memory.

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub abi: u32,
    pub timeout_us: u32,
    pub check_every: u32,
    pub max_file_bytes: u32,
    pub max_depth: u32,
    pub max_data_bytes: u32,
    pub max_input_bytes: u32,
    pub max_input_depth: u32,
}
