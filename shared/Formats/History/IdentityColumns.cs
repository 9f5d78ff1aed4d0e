namespace Monorepo.Formats.History;

/// <summary>Who wrote and committed, and in which zones, read and checked.</summary>
internal sealed class IdentityColumns
{
    private readonly Names _identities;
    private readonly Names _zones;
    private readonly int[] _authors;
    private readonly int[] _committers;
    private readonly int[] _authorZones;
    private readonly int[] _committerZones;

    public IdentityColumns(SegmentSource source, ShapeColumn shapes)
    {
        _identities = new Names(source, SegmentColumn.IdentityNames, IdentityLine.IsName);
        _zones = new Names(source, SegmentColumn.ZoneNames, IdentityLine.IsZone);
        (_authors, _committers) = ReadPairs(source, SegmentColumn.Identities, shapes, CommitShape.CommitterDiffers, _identities.Count);
        (_authorZones, _committerZones) = ReadPairs(source, SegmentColumn.Zones, shapes, CommitShape.ZoneDiffers, _zones.Count);
    }

    public int IdentityCount => _identities.Count;

    public ReadOnlyMemory<byte> Identity(int number) => _identities[number];

    /// <summary>A number of <see cref="Identity"/>; -1 for a raw commit.</summary>
    public int Author(int index) => _authors[index];

    /// <inheritdoc cref="Author"/>
    public int Committer(int index) => _committers[index];

    public ReadOnlyMemory<byte> AuthorZone(int index) => _zones[_authorZones[index]];

    public ReadOnlyMemory<byte> CommitterZone(int index) => _zones[_committerZones[index]];

    private static (int[] Authors, int[] Committers) ReadPairs(
        SegmentSource source, SegmentColumn name, ShapeColumn shapes, CommitShape differs, int names)
    {
        ColumnReader column = source.Read(name);
        int[] authors = new int[source.Header.Count];
        int[] committers = new int[authors.Length];
        for (int i = 0; i < authors.Length; i++)
        {
            CommitShape shape = shapes[i];
            authors[i] = shape == CommitShape.Raw ? -1 : column.ReadNumber(names - 1);
            committers[i] = shape.HasAny(differs) ? column.ReadNumber(names - 1) : authors[i];
        }

        column.ThrowIfNotAtEnd();
        return (authors, committers);
    }

    private delegate bool NameRule(ReadOnlySpan<byte> name);

    private sealed class Names
    {
        private readonly ReadOnlyMemory<byte> _column;
        private readonly List<(int Start, int Length)> _names = [];

        public Names(SegmentSource source, SegmentColumn name, NameRule isName)
        {
            _column = source.Open(name);
            ColumnReader column = new(_column.Span, name);
            while (!column.IsAtEnd)
            {
                int length = column.ReadNumber(_column.Length);
                if (!isName(column.ReadBytes(length)))
                {
                    throw column.Corrupt($"holds a name that is none before byte {column.Offset}");
                }

                _names.Add((column.Offset - length, length));
            }
        }

        public int Count => _names.Count;

        public ReadOnlyMemory<byte> this[int number] => _column.Slice(_names[number].Start, _names[number].Length);
    }
}
