using Monorepo.Core;
using FileMode = Monorepo.Core.FileMode;

namespace Monorepo.Import.Objects;

/// <summary>An entry that none of the bases holds under the same name.</summary>
/// <param name="Id">What the entry names.</param>
/// <param name="IsDirectory">A tree; otherwise a blob.</param>
/// <param name="NameStart">Where its name starts in the tree's bytes.</param>
/// <param name="NameLength">Bytes of its name.</param>
/// <param name="Bases">For a directory: what the bases hold under its name, to compare it with.</param>
internal readonly record struct NewEntry(ObjectId Id, bool IsDirectory, int NameStart, int NameLength, IReadOnlyList<ObjectId> Bases);

/// <summary>Compares one tree, not its subtrees, with the trees at the same place in the parents.</summary>
internal static class TreeComparison
{
    // Between the end of a name and the end of its entry: a NUL and the id.
    private const int AfterNameBytes = 1 + ObjectId.Size;

    /// <summary>
    /// The entries of <paramref name="tree"/> that no base has. Submodules are left out: their commits belong to another repository.
    /// A base whose entries are not in git's order can hide a match, which only makes the answer longer.
    /// </summary>
    /// <exception cref="MalformedObjectException">A body is no tree.</exception>
    public static List<NewEntry> FindNew(byte[] tree, IReadOnlyList<byte[]> bases)
    {
        if (bases.Count == 1)
            return FindNew(tree, bases[0]);

        List<Entry> entries = ReadAll(tree);
        var known = new bool[entries.Count];
        var directoryBases = new List<ObjectId>?[entries.Count];
        foreach (byte[] body in bases)
            Match(tree, entries, body, known, directoryBases);

        var result = new List<NewEntry>();
        for (int i = 0; i < entries.Count; i++)
        {
            if (!known[i])
                Add(result, entries[i], directoryBases[i] ?? (IReadOnlyList<ObjectId>)[]);
        }

        return result;
    }

    /// <summary>
    /// Most commits have one parent, and most of a tree is as it was there: whole runs of equal bytes are passed over without reading their
    /// entries. A run that is malformed was so in the base, where it was found.
    /// </summary>
    private static List<NewEntry> FindNew(ReadOnlySpan<byte> tree, ReadOnlySpan<byte> body)
    {
        var result = new List<NewEntry>();
        int treeAt = 0;
        int bodyAt = 0;
        while (true)
        {
            int same = SkipEntries(tree[treeAt..], tree[treeAt..].CommonPrefixLength(body[bodyAt..]));
            treeAt += same;
            bodyAt += same;
            if (treeAt == tree.Length)
                return result;

            Entry entry = ReadOne(tree, ref treeAt);
            ReadOnlySpan<byte> name = tree.Slice(entry.NameStart, entry.NameLength);
            bool isDirectory = entry.Mode.IsDirectory();
            ObjectId? before = null;
            while (bodyAt < body.Length)
            {
                int next = bodyAt;
                Entry other = ReadOne(body, ref next);
                int order = TreeOrder.Compare(body.Slice(other.NameStart, other.NameLength), other.Mode.IsDirectory(), name, isDirectory);
                if (order > 0)
                    break;
                bodyAt = next;
                if (order < 0)
                    continue;
                before = other.Id;
                break;
            }

            if (before != entry.Id)
                Add(result, entry, before is { } known && isDirectory ? [known] : []);
        }
    }

    /// <summary>How many of the first bytes are whole entries.</summary>
    private static int SkipEntries(ReadOnlySpan<byte> tree, int bytes)
    {
        int at = 0;
        while (at < bytes)
        {
            int name = tree[at..bytes].IndexOf((byte)0);
            if (name < 0 || at + name + AfterNameBytes > bytes)
                break;
            at += name + AfterNameBytes;
        }

        return at;
    }

    private static List<Entry> ReadAll(ReadOnlySpan<byte> tree)
    {
        var entries = new List<Entry>();
        for (int at = 0; at < tree.Length;)
            entries.Add(ReadOne(tree, ref at));
        return entries;
    }

    private static Entry ReadOne(ReadOnlySpan<byte> tree, ref int at)
    {
        var reader = new TreeReader(tree[at..]);
        reader.MoveNext();
        TreeEntry entry = reader.Current;
        at += reader.OffsetBytes;
        return new Entry(at - AfterNameBytes - entry.Name.Length, entry.Name.Length, entry.Mode, entry.Id);
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

    private static void Add(List<NewEntry> result, Entry entry, IReadOnlyList<ObjectId> bases)
    {
        if (entry.Mode.Kind() != EntryKind.Submodule)
            result.Add(new NewEntry(entry.Id, entry.Mode.IsDirectory(), entry.NameStart, entry.NameLength, bases));
    }

    private readonly record struct Entry(int NameStart, int NameLength, FileMode Mode, ObjectId Id);
}
