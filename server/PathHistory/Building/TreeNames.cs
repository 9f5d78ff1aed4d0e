using System.Text;
using Monorepo.Core;
using FileMode = Monorepo.Core.FileMode;

namespace Monorepo.PathHistory.Building;

/// <summary>What a name stands for in a tree; the null id where it is not there.</summary>
internal readonly record struct NamedEntry(FileMode Mode, ObjectId Id)
{
    /// <summary>The directory's id; null id for everything else.</summary>
    public ObjectId Directory => Mode.IsDirectory() ? Id : ObjectId.Null;

    /// <summary>As git sees it: modes that mean the same are the same.</summary>
    public static bool AreSame(FileMode leftMode, in ObjectId left, FileMode rightMode, in ObjectId right) =>
        left == right && (leftMode == rightMode || leftMode.Canonical() == rightMode.Canonical());
}

/// <summary>A tree's entries by name: for merges, where a name is looked up in every parent whatever its kind is there.</summary>
internal sealed class TreeNames
{
    private readonly Dictionary<string, NamedEntry> _entries = new(StringComparer.Ordinal);

    public TreeNames(ReadOnlySpan<byte> tree)
    {
        TreeReader reader = new(tree);
        while (reader.MoveNext())
            _entries.TryAdd(Key(reader.Current.Name), new NamedEntry(reader.Current.Mode, reader.Current.Id));
    }

    public NamedEntry Find(ReadOnlySpan<byte> name) => _entries.GetValueOrDefault(Key(name));

    // Names are bytes in no promised encoding; Latin-1 gives each byte a character of its own.
    private static string Key(ReadOnlySpan<byte> name) => Encoding.Latin1.GetString(name);
}
