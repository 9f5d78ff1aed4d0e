using System.Security.Cryptography;
using System.Text;

namespace Monorepo.Import.Sources;

/// <summary>
/// Turns what the user named into a local repository: a repository's path stays itself, a bundle is unpacked to a temporary mirror,
/// a URL is fetched into a mirror that is kept, so that the next import of it is incremental. Disposing removes what is temporary.
/// </summary>
internal sealed class SourceLocation : IDisposable
{
    private readonly string? _temporary;

    private SourceLocation(string repositoryPath, string? temporary)
    {
        RepositoryPath = repositoryPath;
        _temporary = temporary;
    }

    public string RepositoryPath { get; }

    /// <param name="source">A path or a URL.</param>
    /// <param name="workDirectory">Where mirrors go; made when needed.</param>
    /// <param name="onProgress">Gets git's progress lines.</param>
    /// <param name="cancellationToken">Stops git.</param>
    public static async Task<SourceLocation> ResolveAsync(string source, string workDirectory, Action<string>? onProgress, CancellationToken cancellationToken)
    {
        if (Directory.Exists(source))
            return new SourceLocation(Path.GetFullPath(source), temporary: null);
        if (File.Exists(source))
            return await UnbundleAsync(Path.GetFullPath(source), workDirectory, onProgress, cancellationToken);
        if (!IsUrl(source))
            throw new ImportException(ImportFailure.SourceNotFound, $"'{source}' is neither a repository's directory, a bundle file, nor a URL.");
        return new SourceLocation(await MirrorAsync(source, workDirectory, onProgress, cancellationToken), temporary: null);
    }

    /// <summary>As git tells them: a scheme, or host:path as ssh writes it.</summary>
    internal static bool IsUrl(string source)
    {
        if (source.StartsWith('-'))
            return false;
        if (source.Contains("://", StringComparison.Ordinal))
            return true;
        int colon = source.IndexOf(':', StringComparison.Ordinal);
        return colon > 0 && !source.AsSpan(0, colon).Contains('/');
    }

    public void Dispose()
    {
        if (_temporary is not null && Directory.Exists(_temporary))
            Directory.Delete(_temporary, recursive: true);
    }

    private static async Task<SourceLocation> UnbundleAsync(string bundle, string workDirectory, Action<string>? onProgress, CancellationToken cancellationToken)
    {
        if (!await IsBundleAsync(bundle, cancellationToken))
            throw new ImportException(ImportFailure.SourceNotFound, $"The file '{bundle}' is no git bundle.");
        Directory.CreateDirectory(workDirectory);

        // Always the same name for the same bundle: what a killed import left is found and replaced.
        string temporary = Path.Combine(workDirectory, "bundle-" + Digest(bundle));
        Delete(temporary);
        try
        {
            await GitCommand.RunAsync(["clone", "--mirror", "--progress", "--", bundle, temporary], onProgress, cancellationToken);
            return new SourceLocation(temporary, temporary);
        }
        catch
        {
            Delete(temporary);
            throw;
        }
    }

    private static async Task<string> MirrorAsync(string url, string workDirectory, Action<string>? onProgress, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(workDirectory);
        string mirror = Path.Combine(workDirectory, "mirror-" + Digest(url));
        if (!Directory.Exists(mirror))
        {
            // Renamed when complete, so a directory of this name is always a whole clone.
            string partial = mirror + ".partial";
            Delete(partial);
            await GitCommand.RunAsync(["clone", "--mirror", "--progress", "--", url, partial], onProgress, cancellationToken);
            Directory.Move(partial, mirror);
            return mirror;
        }

        await GitCommand.RunAsync(["-C", mirror, "fetch", "--prune", "--force", "--progress", "origin"], onProgress, cancellationToken);
        await FollowHeadAsync(url, mirror, cancellationToken);
        return mirror;
    }

    // A fetch leaves HEAD as the clone made it.
    private static async Task FollowHeadAsync(string url, string mirror, CancellationToken cancellationToken)
    {
        const string Prefix = "ref: ";
        string listed = await GitCommand.RunAsync(["ls-remote", "--symref", "--", url, "HEAD"], onProgress: null, cancellationToken);
        string? line = listed.Split('\n').FirstOrDefault(static line => line.StartsWith(Prefix, StringComparison.Ordinal));
        if (line is null)
            return;
        string branch = line[Prefix.Length..].Split('\t')[0];
        if (Core.RefName.TryParse(branch, out _))
            await GitCommand.RunAsync(["-C", mirror, "symbolic-ref", "HEAD", branch], onProgress: null, cancellationToken);
    }

    private static async Task<bool> IsBundleAsync(string path, CancellationToken cancellationToken)
    {
        byte[] start = new byte[16];
        await using FileStream file = File.OpenRead(path);
        int count = await file.ReadAtLeastAsync(start, start.Length, throwOnEndOfStream: false, cancellationToken);
        return count == start.Length && start.AsSpan().StartsWith("# v"u8) && start.AsSpan(4).StartsWith(" git bundle\n"u8);
    }

    private static string Digest(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..32];

    private static void Delete(string directory)
    {
        if (Directory.Exists(directory))
            Directory.Delete(directory, recursive: true);
    }
}
