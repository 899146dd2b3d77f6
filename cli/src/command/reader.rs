//! Options of commands that read the ledger.

/// Who asks, where.
#[derive(clap::Args)]
pub struct Reader {
    /// A node of the network.
    #[arg(long, env = "SOGOC_NODE", default_value = "http://127.0.0.1:27201", value_name = "URL")]
    pub node: String,
    /// For programs.
    #[arg(long)]
    pub json: bool,
}
