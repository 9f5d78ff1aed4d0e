using System.Globalization;

namespace Monorepo.Memcached;

/// <summary>
/// One memcached server. <see cref="Host"/> is used as written both to connect and to place the node on the ring: <c>localhost</c> and
/// <c>127.0.0.1</c> are different nodes to it, so every process must be given the same spelling.
/// </summary>
public readonly record struct MemcachedEndpoint
{
    /// <summary>memcached's registered port; the ring leaves it out of the node's name.</summary>
    public const int DefaultPort = 11211;

    /// <summary>Largest accepted weight, so that the ring's size stays bounded.</summary>
    public const int WeightMax = 1000;

    /// <param name="host">Host name or address, not empty, without a colon (IPv6 addresses need a name).</param>
    /// <param name="port">1 to 65535.</param>
    /// <param name="weight">Share of the keys relative to the other nodes, 1 to <see cref="WeightMax"/>.</param>
    public MemcachedEndpoint(string host, int port = DefaultPort, int weight = 1)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(host);
        if (host.Contains(':', StringComparison.Ordinal))
            throw new ArgumentException("A memcached host must not contain a colon.", nameof(host));
        ArgumentOutOfRangeException.ThrowIfLessThan(port, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(port, ushort.MaxValue);
        ArgumentOutOfRangeException.ThrowIfLessThan(weight, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(weight, WeightMax);
        Host = host;
        Port = port;
        Weight = weight;
    }

    public string Host { get; }

    public int Port { get; }

    public int Weight { get; }

    /// <summary>Reads <c>host</c>, <c>host:port</c> or <c>host:port:weight</c>. False when it is none of them.</summary>
    public static bool TryParse(string? text, out MemcachedEndpoint endpoint)
    {
        endpoint = default;
        string[] parts = (text ?? "").Split(':');
        int port = DefaultPort, weight = 1;
        bool valid = parts.Length <= 3 && !string.IsNullOrWhiteSpace(parts[0])
            && (parts.Length < 2 || TryParseNumber(parts[1], ushort.MaxValue, out port))
            && (parts.Length < 3 || TryParseNumber(parts[2], WeightMax, out weight));
        if (valid)
            endpoint = new MemcachedEndpoint(parts[0], port, weight);
        return valid;
    }

    /// <summary><c>host:port</c>.</summary>
    public override string ToString() => $"{Host}:{Port}";

    private static bool TryParseNumber(string text, int max, out int number)
        => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number >= 1 && number <= max;
}
