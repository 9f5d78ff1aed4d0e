using Monorepo.Storage;

namespace Monorepo.PathHistory.Building;

/// <summary>Changes as they are found, in any order; sorted by path and position when they are taken. Not thread-safe.</summary>
/// <param name="paths">Whose numbers the paths are.</param>
internal sealed class ChangeList(PathTable paths)
{
    private ulong[] _keys = new ulong[4_096];
    private ulong[] _sameParents = new ulong[4_096];
    private int _count;

    public int Count => _count;

    /// <param name="path">Its number in the table.</param>
    /// <param name="commit">The commit's place in the batch.</param>
    /// <param name="sameParents">As in <see cref="PathChange"/>.</param>
    public void Add(int path, int commit, ulong sameParents)
    {
        if (_count == _keys.Length)
        {
            Array.Resize(ref _keys, 2 * _count);
            Array.Resize(ref _sameParents, 2 * _count);
        }

        _keys[_count] = ((ulong)path << 32) | (uint)commit;
        _sameParents[_count++] = sameParents;
    }

    /// <summary>All changes by path, and an empty list afterwards.</summary>
    /// <param name="position">Of the batch's first commit.</param>
    public List<PathChanges> Take(long position)
    {
        Array.Sort(_keys, _sameParents, 0, _count);
        List<PathChanges> taken = [];
        PathChange[] changes = new PathChange[_count];
        int used = 0;
        for (int i = 0; i < _count;)
        {
            int path = (int)(_keys[i] >> 32);
            int start = used;
            for (; i < _count && (int)(_keys[i] >> 32) == path; i++)
            {
                // A file that became a directory was found twice, with the same answer about the parents.
                if (i == 0 || _keys[i] != _keys[i - 1])
                    changes[used++] = new PathChange(position + (uint)_keys[i], _sameParents[i]);
            }

            taken.Add(new PathChanges(paths.GetPath(path), changes.AsMemory(start, used - start)));
        }

        _count = 0;
        return taken;
    }
}
