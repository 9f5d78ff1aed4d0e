using Monorepo.Formats.Protos;

namespace Monorepo.Workspace.Remote;

/// <summary>Where an edge is, as people write it.</summary>
public static class EdgeAddress
{
    public const string Form = "http://HOST:PORT or https://HOST:PORT";

    /// <summary>Null where it is no address of a server: another scheme, or a path.</summary>
    public static Uri? TryParse(string? text) =>
        Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) && (uri.Scheme is "http" or "https") && uri.Host.Length > 0
        && uri.UserInfo.Length == 0 && uri.PathAndQuery.Length <= 1 && uri.Fragment.Length == 0 ? uri : null;

    /// <summary>Several with commas; null where one is none.</summary>
    public static IReadOnlyList<Uri>? TryParseList(string text)
    {
        Uri?[] parsed = [.. text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(TryParse)];
        return Array.TrueForAll(parsed, static p => p is not null) ? [.. parsed.Select(static p => p!)] : null;
    }

    /// <summary>The edges that a server's offer names.</summary>
    /// <param name="offer">Null: none came.</param>
    public static IEnumerable<Uri> Advertised(BlobOffer? offer) => offer is null ? [] : EdgeServers.Advertised(offer);
}
