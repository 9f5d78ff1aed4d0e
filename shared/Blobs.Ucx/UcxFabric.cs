using System.Globalization;

namespace Monorepo.Blobs.Ucx;

/// <summary>
/// Which devices and transports UCX may use. Both ends must agree on shared memory, or the connection falls back to what they share.
/// Figures behind the values: 32 keys of 1 KB over tcp on the loopback took 252 us with UCX's own threshold and 75 us with 256 KB;
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
    public static UcxFabric SameHost { get; } = LoopbackTcp with { Transports = "posix,cma,tcp", RendezvousThresholdBytes = 1 << 20 };

    /// <summary>
    /// Device names, comma separated (<c>eth0</c>, <c>mlx5_0:1</c>). Name the one meant: with none named UCX listens on every interface and
    /// stripes large replies over several. Empty: all devices.
    /// </summary>
    public string NetDevices { get; init; } = "lo";

    /// <summary>UCX transports, comma separated, tcp last. Empty: UCX picks the fastest (RDMA where there is a NIC).</summary>
    public string Transports { get; init; } = "";

    /// <summary>Messages at least this long travel by rendezvous. 0: UCX decides; right on InfiniBand, poor on the loopback.</summary>
    public int RendezvousThresholdBytes { get; init; }

    /// <summary>How many devices one message may be striped over.</summary>
    public int RendezvousRailsMax { get; init; } = 1;

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
