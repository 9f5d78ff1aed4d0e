using Monorepo.Core;
using FileMode = Monorepo.Core.FileMode;

namespace Monorepo.Import.Objects;

/// <summary>An entry that none of the bases holds under the same name.</summary>
/// <param name="Id">What the entry names.</param>
/// <param name="IsDirectory">A tree; otherwise a blob.</param>
/// <param name="Bases">For a directory: what the bases hold under its name, to compare it with.</param>
internal readonly record struct NewEntry(ObjectId Id, bool IsDirectory, IReadOnlyList<ObjectId> Bases);

/// <summary>Compares one tree, not its subtrees, with the trees at the same place in the parents.</summary>
internal static class TreeComparison
{
    /// <summary>
    /// The entries of <paramref name="tree"/> that no base has. Submodules are left out: their commits belong to another repository.
    /// A base whose entries are not in git's order can hide a match, which only makes the answer longer.
    /// </summary>
    /// <exception cref="MalformedObjectException">A body is no tree.</exception>
    public static List<NewEntry> FindNew(byte[] tree, IReadOnlyList<byte[]> bases)
    {
        var entries = new List<Entry>();
        var reader = new TreeReader(tree);
        while (reader.MoveNext())
        {
            TreeEntry entry = reader.Current;
            int end = reader.OffsetBytes;
            entries.Add(new Entry(end - ObjectId.Size - 1 - entry.Name.Length, entry.Name.Length, entry.Mode, entry.Id));
        }

        var known = new bool[entries.Count];
        var directoryBases = new List<ObjectId>?[entries.Count];
        foreach (byte[] body in bases)
            Match(tree, entries, body, known, directoryBases);

        var result = new List<NewEntry>();
        for (int i = 0; i < entries.Count; i++)
        {
            if (!known[i] && entries[i].Mode.Kind() != EntryKind.Submodule)
                result.Add(new NewEntry(entries[i].Id, entries[i].Mode.IsDirectory(), directoryBases[i] ?? []));
        }

        return result;
    }

    private static void Match(byte[] tree, List<Entry> entries, byte[] body, bool[] known, List<ObjectId>?[] directoryBases)
    {
        var reader = new TreeReader(body);
        bool more = reader.MoveNext();
        for (int i = 0; i < entries.Count && more; i++)
        {
            Entry entry = entries[i];
            ReadOnlySpan<byte> name = tree.AsSpan(entry.NameStart, entry.NameLength);
            bool isDirectory = entry.Mode.IsDirectory();
            int order = 1;
            while (more && (order = TreeOrder.Compare(reader.Current.Name, reader.Current.Mode.IsDirectory(), name, isDirectory)) < 0)
                more = reader.MoveNext();
            if (!more || order != 0)
                continue;
            if (reader.Current.Id == entry.Id)
                known[i] = true;
            else if (isDirectory)
                (directoryBases[i] ??= []).Add(reader.Current.Id);
        }
    }

    private readonly record struct Entry(int NameStart, int NameLength, FileMode Mode, ObjectId Id);
}
