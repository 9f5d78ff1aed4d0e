using System.Security.Cryptography;
using Monorepo.Core;
using Monorepo.Native.Posix;
using Monorepo.Workspace.Store;

namespace Monorepo.Workspace.Fetching;

/// <summary>
/// What the processes that share an object cache are fetching right now, so that none fetches what another is about to put there. A claim is
/// a locked file of keys: object ids, or the digest of a question for trees. The system gives a dead process's lock back, so a claim is
/// alive exactly as long as its process. Where the directory can't be used nothing is claimed, and each fetches for itself. Thread-safe.
/// </summary>
/// <param name="directory">Made when it is first needed. Belongs to the claims alone.</param>
internal sealed class FetchClaims(string directory)
{
    /// <summary>Claims of others that are looked at; with more there are enough processes at work that waiting for one more helps nobody.</summary>
    private const int ClaimsMax = 128;

    private const int LockAttemptsMax = 200;

    private const string Suffix = ".claim";

    private static readonly TimeSpan s_lockPause = TimeSpan.FromMilliseconds(1);

    /// <summary>Claims of the keys what nobody else has claimed.</summary>
    /// <returns>The claim, which may be empty, and the others' that hold the rest of the keys. The caller disposes all.</returns>
    public async ValueTask<(FetchClaim Own, IReadOnlyList<ForeignClaim> Others)> ClaimAsync(IReadOnlyList<ObjectId> keys, CancellationToken cancellationToken)
    {
        List<ForeignClaim> others = [];
        try
        {
            using FileDescriptor? turn = await TakeTurnAsync(cancellationToken);
            if (turn is null)
            {
                return (FetchClaim.Unshared(keys), others);
            }

            HashSet<ObjectId> free = [.. keys];
            FindOthers(free, others);
            return (FetchClaim.Create(Path.Combine(directory, RandomNumberGenerator.GetHexString(16, lowercase: true) + Suffix), [.. free]), others);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            others.ForEach(o => o.Dispose());
            return (FetchClaim.Unshared(keys), []);
        }
    }

    // Held for as long as it takes to read the others' keys; whoever is stopped while holding it holds up nobody for long.
    private async ValueTask<FileDescriptor?> TakeTurnAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(directory);
        FileDescriptor file = DurableFile.Open(Path.Combine(directory, "turn"), OpenFlags.ReadWrite | OpenFlags.Create);
        for (int attempt = 0; !PosixFile.TryLockExclusive(file); attempt++)
        {
            if (attempt == LockAttemptsMax || cancellationToken.IsCancellationRequested)
            {
                file.Dispose();
                return null;
            }

            await Task.Delay(s_lockPause, CancellationToken.None);
        }

        return file;
    }

    private void FindOthers(HashSet<ObjectId> free, List<ForeignClaim> others)
    {
        foreach (string path in Directory.EnumerateFiles(directory, "*" + Suffix).Take(ClaimsMax))
        {
            if (ForeignClaim.TryOpen(path, free) is not { } other)
            {
                continue;
            }

            others.Add(other);
            free.ExceptWith(other.Keys);
        }
    }
}
