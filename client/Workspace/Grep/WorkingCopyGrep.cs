using Monorepo.Core;
using Monorepo.Formats.Dirstate;
using Monorepo.Workspace.Files;

namespace Monorepo.Workspace.Grep;

/// <summary>Searches the tracked files of a working copy as they are now. Fetches nothing.</summary>
/// <param name="files">The working copy.</param>
/// <param name="dirstate">What is tracked.</param>
public sealed class WorkingCopyGrep(IWorkingFiles files, DirstateReader dirstate)
{
    /// <summary>Files whose answers are held at once.</summary>
    private const int SliceFiles = 256;

    /// <summary>Larger files are not read; git too takes files of more than 512 MiB for binary ones.</summary>
    private const long FileBytesMax = 512L << 20;

    /// <summary>Searches regular files in the order of their paths.</summary>
    /// <typeparam name="T">What a search of one content gives.</typeparam>
    /// <param name="isWanted">Which paths.</param>
    /// <param name="search">Called by several threads at a time.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    public IEnumerable<T> Search<T>(Func<ReadOnlyMemory<byte>, bool> isWanted, Func<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>, T> search, CancellationToken cancellationToken)
    {
        ParallelOptions options = new() { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancellationToken };
        foreach (ReadOnlyMemory<byte>[] slice in Tracked(isWanted).Chunk(SliceFiles))
        {
            (bool IsThere, T Answer)[] answers = new (bool, T)[slice.Length];
            Parallel.For(0, slice.Length, options, i =>
            {
                if (Read(slice[i].Span) is { } content)
                {
                    answers[i] = (true, search(slice[i], content));
                }
            });
            foreach ((bool isThere, T answer) in answers)
            {
                if (isThere)
                {
                    yield return answer;
                }
            }
        }
    }

    private IEnumerable<ReadOnlyMemory<byte>> Tracked(Func<ReadOnlyMemory<byte>, bool> isWanted)
    {
        DirstateCursor cursor = dirstate.Open();
        while (cursor.MoveNext())
        {
            if (cursor.Mode.Kind() is EntryKind.File or EntryKind.Executable && !cursor.IsDropped)
            {
                ReadOnlyMemory<byte> path = cursor.Path.ToArray();
                if (isWanted(path))
                {
                    yield return path;
                }
            }
        }
    }

    // Null where the file is gone or is no file any more.
    private ReadOnlyMemory<byte>? Read(ReadOnlySpan<byte> path)
    {
        using IWorkingDirectory? directory = files.OpenDirectory(WorkingPath.Split(path, out ReadOnlySpan<byte> name));
        using IWorkingFile? file = directory?.OpenRead(name);
        if (file?.GetStatus() is not { } status || status.SizeBytes > FileBytesMax)
        {
            return null;
        }

        byte[] content = new byte[status.SizeBytes];
        int filled = 0;
        for (int count; filled < content.Length && (count = file.Read(content.AsSpan(filled))) > 0;)
        {
            filled += count;
        }

        return content.AsMemory(0, filled);
    }
}
