using System.Diagnostics.CodeAnalysis;
using Monorepo.Core;

namespace Monorepo.Workspace.Remote;

/// <summary>Where a repository is: <c>http(s)://HOST[:PORT]/NAME</c>, the name possibly of several parts. No user, query or fragment.</summary>
/// <param name="Server">Scheme, host and port.</param>
/// <param name="Name">The repository's name there.</param>
public sealed record RepositoryUrl(Uri Server, RepositoryName Name)
{
    public static bool TryParse(string? text, [NotNullWhen(true)] out RepositoryUrl? url)
    {
        url = null;
        if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) || uri.Scheme is not ("http" or "https") || uri.Host.Length == 0
            || uri.UserInfo.Length > 0 || uri.Query.Length > 0 || uri.Fragment.Length > 0
            || !RepositoryName.TryParse(uri.AbsolutePath.Trim('/'), out RepositoryName name))
        {
            return false;
        }

        url = new RepositoryUrl(new Uri(uri.GetLeftPart(UriPartial.Authority)), name);
        return true;
    }

    /// <exception cref="FormatException">The text is no such address; the message says the form.</exception>
    public static RepositoryUrl Parse(string? text) => TryParse(text, out RepositoryUrl? url)
        ? url
        : throw new FormatException($"'{text}' is not a repository's address: it takes http://HOST:PORT/NAME or https://HOST:PORT/NAME.");

    public override string ToString() => $"{Server.GetLeftPart(UriPartial.Authority)}/{Name}";
}
