using Monorepo.Workspace.Files;
using Monorepo.Workspace.Trees;

namespace Monorepo.Workspace.Checkout;

/// <summary>The directories that a checkout's paths lie in, those above them included, numbered so that each comes after the one that holds it. 0 is the top.</summary>
internal sealed class DirectoryTable
{
    public const int Top = 0;

    private readonly List<(ReadOnlyMemory<byte> Path, int Parent)> _directories = [(default, -1)];
    private readonly int[] _ofChange;

    /// <param name="changes">Ascending by path.</param>
    public DirectoryTable(IReadOnlyList<TreeChange> changes)
    {
        _ofChange = new int[changes.Count];
        int current = Top;
        for (int i = 0; i < changes.Count; i++)
        {
            ReadOnlyMemory<byte> path = changes[i].Path;
            int parentBytes = Math.Max(0, path.Span.LastIndexOf((byte)'/'));

            // Paths below a directory follow each other, so a directory that was left does not come again.
            while (!TreePaths.IsUnder(path.Span[..parentBytes], Path(current).Span))
            {
                current = Parent(current);
            }

            while (Path(current).Length < parentBytes)
            {
                int start = current == Top ? 0 : Path(current).Length + 1;
                int slash = path.Span[start..parentBytes].IndexOf((byte)'/');
                _directories.Add((path[..(slash < 0 ? parentBytes : start + slash)], current));
                current = _directories.Count - 1;
            }

            _ofChange[i] = current;
        }
    }

    public int Count => _directories.Count;

    public int OfChange(int change) => _ofChange[change];

    public ReadOnlyMemory<byte> Path(int directory) => _directories[directory].Path;

    public ReadOnlySpan<byte> Name(int directory)
    {
        WorkingPath.Split(Path(directory).Span, out ReadOnlySpan<byte> name);
        return name;
    }

    /// <summary>-1 above the top.</summary>
    public int Parent(int directory) => _directories[directory].Parent;
}
