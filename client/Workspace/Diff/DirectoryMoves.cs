using Monorepo.Core;
using Monorepo.Workspace.Files;
using Monorepo.Workspace.Trees;

namespace Monorepo.Workspace.Diff;

/// <summary>
/// Where the files of directories went that are there no more, counted while renames are found: the directory that most of them went to is the new place of the
/// whole one. The rules are those of git's merge. Not thread-safe.
/// </summary>
/// <param name="gone">Every directory of the old tree that the new one does not have.</param>
/// <param name="awaited">Those of them whose new place matters: true for one that has files waiting for the answer, false for what lies below such a one.</param>
/// <param name="needsRename">Whether a removed file's own new path is of interest, whatever becomes of its directory.</param>
public sealed class DirectoryMoves(IReadOnlySet<byte[]> gone, IReadOnlyDictionary<byte[], bool> awaited, Func<byte[], bool> needsRename)
{
    private readonly Dictionary<byte[], bool> _awaited = new(awaited, BytesComparer.Instance);
    private readonly Dictionary<byte[], Dictionary<byte[], int>> _counts = new(BytesComparer.Instance);
    private Dictionary<byte[], byte[]> _guesses = new(BytesComparer.Instance);

    /// <summary>Counts a rename: for the file's directory, and for those above as long as the names below them stayed.</summary>
    public void Count(ReadOnlyMemory<byte> oldPath, ReadOnlyMemory<byte> newPath)
    {
        byte[] from = Above(oldPath.Span);
        byte[] to = Above(newPath.Span);
        for (bool isFirst = true; gone.Contains(from); isFirst = false)
        {
            bool isAwaited = _awaited.TryGetValue(from, out bool isForItself);
            if (isFirst || isForItself)
            {
                Dictionary<byte[], int> places = _counts.TryGetValue(from, out Dictionary<byte[], int>? known) ? known : _counts[from] = new(BytesComparer.Instance);
                places[to] = places.GetValueOrDefault(to) + 1;
            }

            if (!isAwaited || to.Length == 0 || !TreePaths.NameOf(from).SequenceEqual(TreePaths.NameOf(to)))
            {
                return;
            }

            (from, to) = (Above(from), Above(to));
        }
    }

    /// <summary>Holds on to what the renames counted so far say, for <see cref="Guess"/>.</summary>
    public void KeepGuesses() =>
        _guesses = _counts.ToDictionary(static c => c.Key, static c => c.Value.MaxBy(static p => p.Value).Key, BytesComparer.Instance);

    /// <summary>Where a file would be if it had gone the way of most others of its directory; null: nobody knows.</summary>
    public byte[]? Guess(ReadOnlyMemory<byte> oldPath) =>
        _guesses.TryGetValue(Above(oldPath.Span), out byte[]? place) ? [.. place, (byte)'/', .. TreePaths.NameOf(oldPath.Span)] : null;

    /// <summary>Which files must still be looked for: those of interest themselves, and those that may yet decide where a directory went.</summary>
    /// <param name="open">What was not found so far.</param>
    /// <returns>Whether a path of these is one.</returns>
    public Func<ReadOnlyMemory<byte>, bool> FindUndecided(IEnumerable<ReadOnlyMemory<byte>> open)
    {
        Dictionary<byte[], int> unknown = new(BytesComparer.Instance);
        foreach (ReadOnlyMemory<byte> path in open)
        {
            for (byte[] directory = Above(path.Span); _awaited.ContainsKey(directory); directory = Above(directory))
            {
                unknown[directory] = unknown.GetValueOrDefault(directory) + 1;
            }
        }

        foreach ((byte[] directory, Dictionary<byte[], int> places) in _counts)
        {
            int[] counts = [.. places.Values.OrderDescending(), 0];
            if (_awaited.GetValueOrDefault(directory) && counts[0] > counts[1] + unknown.GetValueOrDefault(directory))
            {
                _awaited[directory] = false;
            }
        }

        return path => needsRename(path.ToArray()) || IsUndecided(Above(path.Span));
    }

    /// <summary>Each awaited directory of which something was found: its new place, or null where no place has the most of its files.</summary>
    public IEnumerable<(byte[] Old, byte[]? New)> Decide()
    {
        foreach ((byte[] directory, Dictionary<byte[], int> places) in _counts.OrderBy(static c => c.Key, BytesComparer.Instance))
        {
            if (_awaited.ContainsKey(directory))
            {
                int most = places.Values.Max();
                byte[][] best = [.. places.Where(p => p.Value == most).Select(static p => p.Key)];
                yield return (directory, best.Length == 1 ? best[0] : null);
            }
        }
    }

    private bool IsUndecided(byte[] directory)
    {
        for (; _awaited.TryGetValue(directory, out bool isForItself); directory = Above(directory))
        {
            if (isForItself)
            {
                return true;
            }
        }

        return false;
    }

    private static byte[] Above(ReadOnlySpan<byte> path) => WorkingPath.Split(path, out _).ToArray();
}
