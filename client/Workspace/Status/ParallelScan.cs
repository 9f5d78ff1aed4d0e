using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using Monorepo.Core;
using Monorepo.Native.Posix;

namespace Monorepo.Workspace.Status;

/// <summary>
/// A whole scan by several threads: each directory at the top is one's, and the files there are one's together. Finds what one walk finds.
/// </summary>
/// <param name="scanner">Of the working tree.</param>
/// <param name="open">The tracked files, once for each part.</param>
internal sealed class ParallelScan(StatusScanner scanner, Func<ITrackedFiles> open)
{
    /// <exception cref="PosixException">As <see cref="StatusScanner.Scan"/>.</exception>
    public StatusResult Run(StatusOptions options, CancellationToken cancellationToken)
    {
        ConcurrentQueue<StatusResult> found = new();
        ParallelOptions parallel = new() { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancellationToken };
        try
        {
            Parallel.ForEach(
                Partitioner.Create(FindParts(), EnumerablePartitionerOptions.NoBuffering), parallel,
                part => found.Enqueue(scanner.ScanPaths(open(), options, part, cancellationToken)));
        }
        catch (AggregateException e)
        {
            ExceptionDispatchInfo.Throw(e.InnerExceptions[0]);
        }

        return Merge([.. found]);
    }

    private static StatusResult Merge(IReadOnlyList<StatusResult> parts)
    {
        List<StatusEntry> entries = [.. parts.SelectMany(static p => p.Entries)];
        entries.Sort(StatusEntry.GitOrder);
        return new StatusResult(
            entries,
            [.. parts.SelectMany(static p => p.StatUpdates)],
            [.. parts.SelectMany(static p => p.Unreadable).OrderBy(static u => u.Path, BytesComparer.Instance).Take(StatusScanner.UnreadableReportedMax)],
            parts.Sum(static p => p.UnreadableCount),
            parts.Sum(static p => p.FileCount));
    }

    // What is in the top directory, and what is tracked there.
    private List<byte[]>[] FindParts()
    {
        HashSet<byte[]> directories = new(BytesComparer.Instance);
        HashSet<byte[]> files = new(BytesComparer.Instance);
        DirectoryListing listing = scanner.ListTop();
        for (int i = 0; i < listing.Count; i++)
        {
            (listing.Kind(i) == FileKind.Directory ? directories : files).Add(listing.Name(i).ToArray());
        }

        ITrackedFiles tracked = open();
        for (bool any = tracked.MoveNext(); any;)
        {
            int slash = tracked.Path.IndexOf((byte)'/');
            byte[] name = (slash < 0 ? tracked.Path : tracked.Path[..slash]).ToArray();
            if (!directories.Contains(name))
                files.Add(name);

            // Past the directory and all in it; a file of its name would have come before.
            any = slash < 0 ? tracked.MoveNext() : tracked.Seek([.. name, (byte)'/' + 1]);
        }

        foreach (byte[] path in tracked.Dropped)
        {
            int slash = path.AsSpan().IndexOf((byte)'/');
            byte[] name = slash < 0 ? path : path[..slash];
            if (!directories.Contains(name))
                files.Add(name);
        }

        List<byte[]> together = [.. files];
        together.Sort(BytesComparer.Instance);
        return [together, .. directories.Select(static name => (List<byte[]>)[name])];
    }
}
