using System.Globalization;
using System.Net;
using System.Net.Sockets;

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

    /// <param name="host">Host name or address, not empty; an IPv6 address without its brackets. No other host has a colon.</param>
    /// <param name="port">1 to 65535.</param>
    /// <param name="weight">Share of the keys relative to the other nodes, 1 to <see cref="WeightMax"/>.</param>
    public MemcachedEndpoint(string host, int port = DefaultPort, int weight = 1)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(host);
        if (host.Contains(':', StringComparison.Ordinal) && !IsIPv6(host))
            throw new ArgumentException("A memcached host must not contain a colon, unless it is an IPv6 address.", nameof(host));
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

    /// <summary>Reads <c>host</c>, <c>host:port</c> or <c>host:port:weight</c>, the host possibly <c>[IPv6]</c>. False when it is none of them.</summary>
    public static bool TryParse(string? text, out MemcachedEndpoint endpoint)
    {
        endpoint = default;
        text ??= "";
        string address = "";
        if (text.StartsWith('['))
        {
            int end = text.IndexOf(']', StringComparison.Ordinal);
            if (end < 0 || !IsIPv6(address = text[1..end]))
                return false;
            text = "v6" + text[(end + 1)..];
        }

        string[] parts = text.Split(':');
        int port = DefaultPort, weight = 1;
        bool valid = parts.Length <= 3 && !string.IsNullOrWhiteSpace(parts[0])
            && (parts.Length < 2 || TryParseNumber(parts[1], ushort.MaxValue, out port))
            && (parts.Length < 3 || TryParseNumber(parts[2], WeightMax, out weight));
        if (address.Length > 0)
            valid &= parts[0].Length == 2;
        if (valid)
            endpoint = new MemcachedEndpoint(address.Length > 0 ? address : parts[0], port, weight);
        return valid;
    }

    /// <summary><c>host:port</c>.</summary>
    public override string ToString() => Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]:{Port}" : $"{Host}:{Port}";

    // IPAddress would also read brackets, ports and zones.
    private static bool IsIPv6(string text) =>
        text.AsSpan().IndexOfAny('[', ']', '%') < 0 && IPAddress.TryParse(text, out IPAddress? address) && address.AddressFamily == AddressFamily.InterNetworkV6;

    private static bool TryParseNumber(string text, int max, out int number)
        => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number >= 1 && number <= max;
}
