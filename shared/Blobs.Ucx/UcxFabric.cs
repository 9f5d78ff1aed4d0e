using System.Globalization;

namespace Monorepo.Blobs.Ucx;

/// <summary>
/// Which devices and transports UCX may use, and how large contents travel on them. Both ends must agree on shared memory, or the connection falls back
/// to what they share. Figures behind the values: 32 keys of 1 KB over tcp on the loopback took 252 us with UCX's own threshold and 75 us with 256 KB;
/// shared memory is best at 1 MB.
/// </summary>
public sealed record UcxFabric
{
    /// <summary>TCP on the loopback device. The default: safe anywhere, reaches nobody else.</summary>
    public static UcxFabric LoopbackTcp { get; } = new()
    {
        NetDevices = "lo",
        Transports = "tcp",
        RendezvousThresholdBytes = 256 << 10,
    };

    /// <summary>Shared memory between processes of one host (same user and PID namespace, /dev/shm of at least some 100 MB), TCP to connect.</summary>
    public static UcxFabric SameHost { get; } = LoopbackTcp with
    {
        Transports = "posix,cma,tcp",
        RendezvousThresholdBytes = 1 << 20,
        // Below the threshold: both ends copy at the same time, where a rendezvous is one copy by the client alone.
        PieceBytes = 256 << 10,
    };

    /// <summary>
    /// Device names, comma separated (<c>eth0</c>, <c>mlx5_0:1</c>). Name the one meant: with none named UCX listens on every interface and
    /// stripes large replies over several. Empty: all devices.
    /// </summary>
    public string NetDevices { get; init; } = "lo";

    /// <summary>
    /// UCX transports, comma separated, tcp last. Empty: UCX picks the fastest (RDMA where there is a NIC: RC for few peers, DC or UD above some hundred,
    /// which it decides by the number of connections the server is set up for).
    /// </summary>
    public string Transports { get; init; } = "";

    /// <summary>Messages at least this long travel by rendezvous. 0: UCX decides; right on InfiniBand, poor on the loopback.</summary>
    public int RendezvousThresholdBytes { get; init; }

    /// <summary>How many devices one message may be striped over.</summary>
    public int RendezvousRailsMax { get; init; } = 1;

    /// <summary>A large envelope travels in pieces of this, so that others' replies get in between.</summary>
    public int PieceBytes { get; init; } = 1 << 20;

    /// <summary>Bytes of replies a connection may have with UCX at a time: enough to keep a line busy, little enough that others don't wait long.</summary>
    public int SendWindowBytes { get; init; } = 4 << 20;

    /// <summary>
    /// Make the arena known to the network devices once, instead of each large message when it is sent: needed for speed on InfiniBand and RoCE, without
    /// effect on tcp and shared memory. Null: unless only those may be used.
    /// </summary>
    public bool? RegistersMemory { get; init; }

    internal bool RegistersArena => RegistersMemory
        ?? (Transports.Length == 0 || Transports.Split(',').Any(static t => t is not ("tcp" or "posix" or "sysv" or "cma" or "self" or "sm")));

    internal void Validate()
    {
        SettingLimit.Check(nameof(RendezvousThresholdBytes), RendezvousThresholdBytes, 0, int.MaxValue);
        SettingLimit.Check(nameof(RendezvousRailsMax), RendezvousRailsMax, 1, 16);
        SettingLimit.Check(nameof(PieceBytes), PieceBytes, 64 << 10, BlobLimits.MessageBytesMax);
        SettingLimit.Check(nameof(SendWindowBytes), SendWindowBytes, 64 << 10, int.MaxValue);
    }

    internal Dictionary<string, string> ToUcxSettings()
    {
        Dictionary<string, string> settings = new(StringComparer.Ordinal)
        {
            ["MAX_RNDV_RAILS"] = RendezvousRailsMax.ToString(CultureInfo.InvariantCulture),
        };
        if (NetDevices.Length > 0)
            settings["NET_DEVICES"] = NetDevices;
        if (Transports.Length > 0)
            settings["TLS"] = Transports;
        if (RendezvousThresholdBytes > 0)
            settings["RNDV_THRESH"] = RendezvousThresholdBytes.ToString(CultureInfo.InvariantCulture);
        return settings;
    }
}
