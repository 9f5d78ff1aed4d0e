namespace Monorepo.Cli.Output.Graph;

/// <summary>
/// Which line of history runs in which column, before and after the current commit, and the way each takes from one to the other.
/// Two screen columns make a column: the line's own, and the one between, where it leans.
/// </summary>
internal sealed class GraphColumns
{
    private const int None = -1;

    private int[] _columns = [];
    private int[] _newColumns = [];
    private int[] _colors = [];
    private int[] _newColors = [];
    private int[] _mapping = [];
    private int[] _oldMapping = [];
    private int _mappingSize;
    private int _color = GraphLine.ColorCount - 1;
    private IReadOnlyList<int> _parents = [];

    /// <summary>Columns before the commit.</summary>
    public int Count { get; private set; }

    /// <summary>Columns after it.</summary>
    public int NewCount { get; private set; }

    public int Commit { get; private set; }

    /// <summary>The commit's column; <see cref="Count"/> where no child was drawn.</summary>
    public int CommitIndex { get; private set; }

    public int PreviousCommitIndex { get; private set; }

    public int ParentCount => _parents.Count;

    public int FirstParent => _parents.Count > 0 ? _parents[0] : None;

    /// <summary>Screen columns of the commit's lines.</summary>
    public int Width { get; private set; }

    /// <summary>0 where the first parent's line leaves a merge to the left, 1 where it goes straight down.</summary>
    public int MergeLayout { get; private set; }

    /// <summary>Columns that the merge adds to its right; -1 where its last edge joins a line at once.</summary>
    public int EdgesAdded { get; private set; }

    public int PreviousEdgesAdded { get; private set; }

    /// <summary>Whether every line is where it belongs, or one screen column right of it, from where it leans in by itself.</summary>
    public bool IsMappingCorrect
    {
        get
        {
            for (int i = 0; i < _mappingSize; i++)
            {
                if (_mapping[i] >= 0 && _mapping[i] != i / 2)
                {
                    return false;
                }
            }

            return true;
        }
    }

    public int this[int column] => _columns[column];

    /// <summary>Of a column before the commit.</summary>
    public int ColorAt(int column) => _colors[column];

    /// <summary>Of a column after it.</summary>
    public int NewColorAt(int column) => _newColors[column];

    /// <summary>Of the line to one of the commit's parents.</summary>
    public int ColorOfParent(int parent) => _newColors[Array.IndexOf(_newColumns, _parents[parent], 0, NewCount)];

    /// <summary>Of the line that takes a dash of a merge of many.</summary>
    public int ColorOfDash(int dash) => _newColors[_mapping[(CommitIndex + dash + 2) * 2]];

    public bool IsMovingLeft(int column) => _oldMapping[(2 * column) + 1] == column && _mapping[2 * column] < column;

    public void Update(int commit, IReadOnlyList<int> parents)
    {
        Commit = commit;
        _parents = parents;
        PreviousCommitIndex = CommitIndex;
        (_columns, _newColumns) = (_newColumns, _columns);
        (_colors, _newColors) = (_newColors, _colors);
        Count = NewCount;
        NewCount = 0;
        int newMax = Count + parents.Count;
        EnsureRoom(newMax + 1);
        _mappingSize = 2 * newMax;
        _mapping.AsSpan(0, _mappingSize).Fill(None);
        Width = 0;
        PreviousEdgesAdded = EdgesAdded;
        EdgesAdded = 0;
        bool hasSeen = false;
        for (int i = 0; i <= Count && !(i == Count && hasSeen); i++)
        {
            if (i < Count && _columns[i] != commit)
            {
                Insert(_columns[i], None);
                continue;
            }

            hasSeen = true;
            CommitIndex = i;
            MergeLayout = None;
            foreach (int parent in parents)
            {
                // A merge, and a line that begins, are where colours change.
                _color = parents.Count > 1 || i == Count ? (_color + 1) % GraphLine.ColorCount : _color;
                Insert(parent, i);
            }

            if (parents.Count == 0)
            {
                Width += 2;
            }
        }

        while (_mappingSize > 1 && _mapping[_mappingSize - 1] < 0)
        {
            _mappingSize--;
        }
    }

    /// <summary>Moves every line that is not yet where it belongs one step left and draws the row.</summary>
    public void Collapse(GraphLine line)
    {
        (_mapping, _oldMapping) = (_oldMapping, _mapping);
        _mapping.AsSpan(0, _mappingSize).Fill(None);

        // One line a row may run to the left over several columns.
        int edge = None;
        int edgeTarget = None;
        for (int i = 0; i < _mappingSize; i++)
        {
            int target = _oldMapping[i];
            if (target < 0)
            {
                continue;
            }

            if (target * 2 == i)
            {
                _mapping[i] = target;
            }
            else if (_mapping[i - 1] < 0)
            {
                _mapping[i - 1] = target;
                Run(i, i, target, ref edge, ref edgeTarget);
            }
            else if (_mapping[i - 1] != target)
            {
                // Another line is in between: this one crosses it.
                _mapping[i - 2] = target;
                Run(i, i - 1, target, ref edge, ref edgeTarget);
            }
        }

        _mapping.AsSpan(0, _mappingSize).CopyTo(_oldMapping);
        if (_mapping[_mappingSize - 1] < 0)
        {
            _mappingSize--;
        }

        DrawCollapsed(line, edge, edgeTarget);
    }

    private void Run(int from, int edgeAt, int target, ref int edge, ref int edgeTarget)
    {
        if (edge != None)
        {
            return;
        }

        edge = edgeAt;
        edgeTarget = target;
        for (int j = (target * 2) + 3; j < from - 2; j += 2)
        {
            _mapping[j] = target;
        }
    }

    private void DrawCollapsed(GraphLine line, int edge, int edgeTarget)
    {
        bool isRunning = false;
        for (int i = 0; i < _mappingSize; i++)
        {
            int target = _mapping[i];
            if (target < 0)
            {
                line.Draw(" "u8);
            }
            else if (target * 2 == i)
            {
                line.Draw(_newColors[target], (byte)'|');
            }
            else if (target == edgeTarget && i != edge - 1)
            {
                // Only the first segment goes on in the next row.
                if (i != (target * 2) + 3)
                {
                    _mapping[i] = None;
                }

                isRunning = true;
                line.Draw(_newColors[target], (byte)'_');
            }
            else
            {
                if (isRunning && i < edge)
                {
                    _mapping[i] = None;
                }

                line.Draw(_newColors[target], (byte)'/');
            }
        }
    }

    private void Insert(int commit, int commitIndex)
    {
        int column = Array.IndexOf(_newColumns, commit, 0, NewCount);
        if (column < 0)
        {
            column = NewCount++;
            _newColumns[column] = commit;
            int before = Array.IndexOf(_columns, commit, 0, Count);
            _newColors[column] = before < 0 ? _color : _colors[before];
        }

        int at;
        if (_parents.Count > 1 && commitIndex != None && MergeLayout == None)
        {
            // The first parent decides whether the merge leans left or right.
            int distance = commitIndex - column;
            int shift = distance > 1 ? (2 * distance) - 3 : 1;
            MergeLayout = distance > 0 ? 0 : 1;
            EdgesAdded = _parents.Count + MergeLayout - 2;
            at = Width + ((MergeLayout - 1) * shift);
            Width += 2 * MergeLayout;
        }
        else if (EdgesAdded > 0 && column == _mapping[Width - 2])
        {
            // The merge added columns and this line was found in the last one: the two join at once.
            at = Width - 2;
            EdgesAdded = None;
        }
        else
        {
            at = Width;
            Width += 2;
        }

        _mapping[at] = column;
    }

    private void EnsureRoom(int columns)
    {
        if (_newColumns.Length >= columns && _columns.Length >= columns)
        {
            return;
        }

        int room = Math.Max(32, 2 * columns);
        Array.Resize(ref _columns, room);
        Array.Resize(ref _newColumns, room);
        Array.Resize(ref _colors, room);
        Array.Resize(ref _newColors, room);
        Array.Resize(ref _mapping, 2 * room);
        Array.Resize(ref _oldMapping, 2 * room);
    }
}
