using System.Buffers;

namespace Monorepo.Cli.Output.Graph;

/// <summary>
/// Draws the lines of history beside a log, line for line as <c>git log --graph</c>. It is told the commits in an order that has children
/// first; between two commits it walks through the states below, a printed line each. Not thread-safe.
/// </summary>
/// <param name="isColored">As on a terminal.</param>
public sealed class GraphRenderer(bool isColored = false)
{
    private readonly GraphColumns _columns = new();
    private readonly GraphLine _line = new(isColored);
    private GraphState _state = GraphState.Padding;
    private GraphState _previousState = GraphState.Padding;
    private int _expansionRow;

    private enum GraphState
    {
        /// <summary>Nothing is left to draw for the commit.</summary>
        Padding,

        /// <summary>The commit before did not finish its lines.</summary>
        Skip,

        /// <summary>Lines make room for a merge of three or more.</summary>
        BeforeCommit,

        /// <summary>The commit's own line comes.</summary>
        Commit,

        /// <summary>The line after a merge, where its parents part.</summary>
        AfterMerge,

        /// <summary>Lines move left to where they belong.</summary>
        Collapsing,
    }

    /// <summary>Whether every line of the current commit was drawn.</summary>
    public bool IsCommitFinished => _state == GraphState.Padding;

    /// <summary>Goes on to the next commit.</summary>
    /// <param name="commit">Its number.</param>
    /// <param name="parents">Numbers of those of its parents that are drawn, in its order.</param>
    public void Update(int commit, IReadOnlyList<int> parents)
    {
        _columns.Update(commit, parents);
        _expansionRow = 0;
        _state = _state != GraphState.Padding ? GraphState.Skip : NeedsLineBeforeCommit ? GraphState.BeforeCommit : GraphState.Commit;
    }

    /// <summary>Writes the lines before the commit's own and the beginning of that one.</summary>
    public void WriteUpToCommit(IBufferWriter<byte> output)
    {
        if (IsCommitFinished)
        {
            WritePadding(output);
            return;
        }

        while (!IsCommitFinished)
        {
            bool isCommit = _state == GraphState.Commit;
            WriteLine(output);
            if (isCommit)
            {
                break;
            }

            output.Write("\n"u8);
        }
    }

    /// <summary>Writes the beginning of the next line.</summary>
    public void WriteLine(IBufferWriter<byte> output)
    {
        switch (_state)
        {
            case GraphState.Skip:
                _line.Draw("..."u8);
                MoveTo(NeedsLineBeforeCommit ? GraphState.BeforeCommit : GraphState.Commit);
                break;
            case GraphState.BeforeCommit:
                DrawBeforeCommit();
                break;
            case GraphState.Commit:
                DrawCommit();
                break;
            case GraphState.AfterMerge:
                DrawAfterMerge();
                break;
            case GraphState.Collapsing:
                DrawCollapsing();
                break;
            default:
                for (int i = 0; i < _columns.NewCount; i++)
                {
                    _line.Draw(_columns.NewColorAt(i), (byte)'|');
                    _line.Draw(" "u8);
                }

                break;
        }

        End(output);
    }

    /// <summary>Writes the beginning of a line that leaves the lines as they are where the commit's own comes next.</summary>
    public void WritePadding(IBufferWriter<byte> output)
    {
        if (_state != GraphState.Commit)
        {
            WriteLine(output);
            return;
        }

        for (int i = 0; i < _columns.Count; i++)
        {
            _line.Draw(_columns.ColorAt(i), (byte)'|');
            _line.DrawSpaces(_columns[i] == _columns.Commit && _columns.ParentCount > 2 ? (_columns.ParentCount - 2) * 2 : 1);
        }

        End(output);
        _previousState = GraphState.Padding;
    }

    /// <summary>Writes what is left of the commit's lines, without a line feed at the end.</summary>
    public void WriteRemainder(IBufferWriter<byte> output)
    {
        while (!IsCommitFinished)
        {
            WriteLine(output);
            if (!IsCommitFinished)
            {
                output.Write("\n"u8);
            }
        }
    }

    private int DashedParents => _columns.ParentCount + _columns.MergeLayout - 3;

    // Two rows for every parent over two, where a line runs right of the commit.
    private bool NeedsLineBeforeCommit => _columns.ParentCount >= 3 && _columns.CommitIndex < _columns.Count - 1 && _expansionRow < DashedParents * 2;

    private void MoveTo(GraphState state)
    {
        _previousState = _state;
        _state = state;
    }

    private void DrawBeforeCommit()
    {
        bool hasSeen = false;
        for (int i = 0; i < _columns.Count; i++)
        {
            if (_columns[i] == _columns.Commit)
            {
                hasSeen = true;
                _line.Draw(_columns.ColorAt(i), (byte)'|');
                _line.DrawSpaces(_expansionRow);
            }
            else if (hasSeen && (_expansionRow > 0 || (_previousState == GraphState.AfterMerge && _columns.PreviousCommitIndex < i)))
            {
                _line.Draw(_columns.ColorAt(i), (byte)'\\');
            }
            else
            {
                _line.Draw(_columns.ColorAt(i), (byte)'|');
            }

            _line.Draw(" "u8);
        }

        _expansionRow++;
        if (!NeedsLineBeforeCommit)
        {
            MoveTo(GraphState.Commit);
        }
    }

    private void DrawCommit()
    {
        bool hasSeen = false;
        for (int i = 0; i <= _columns.Count && !(i == _columns.Count && hasSeen); i++)
        {
            if (i == _columns.Count || _columns[i] == _columns.Commit)
            {
                hasSeen = true;
                _line.Draw("*"u8);
                for (int dash = 0; dash < DashedParents; dash++)
                {
                    int color = _columns.ColorOfDash(dash);
                    _line.Draw(color, (byte)'-');
                    _line.Draw(color, dash == DashedParents - 1 ? (byte)'.' : (byte)'-');
                }
            }
            else if (hasSeen && _columns.EdgesAdded > 0)
            {
                // A line that the merge before printed as leaning goes on so for one more row.
                bool isLeaning = _columns.EdgesAdded > 1
                    || (_previousState == GraphState.AfterMerge && _columns.PreviousEdgesAdded > 0 && _columns.PreviousCommitIndex < i);
                _line.Draw(_columns.ColorAt(i), isLeaning ? (byte)'\\' : (byte)'|');
            }
            else
            {
                _line.Draw(_columns.ColorAt(i), _previousState == GraphState.Collapsing && _columns.IsMovingLeft(i) ? (byte)'/' : (byte)'|');
            }

            _line.Draw(" "u8);
        }

        MoveTo(_columns.ParentCount > 1 ? GraphState.AfterMerge : AfterLines);
    }

    private GraphState AfterLines => _columns.IsMappingCorrect ? GraphState.Padding : GraphState.Collapsing;

    private void DrawAfterMerge()
    {
        bool hasSeen = false;
        int? parentColor = null;
        for (int i = 0; i <= _columns.Count && !(i == _columns.Count && hasSeen); i++)
        {
            if (i == _columns.Count || _columns[i] == _columns.Commit)
            {
                hasSeen = true;
                DrawEdges();
            }
            else if (hasSeen)
            {
                _line.Draw(_columns.ColorAt(i), _columns.EdgesAdded > 0 ? (byte)'\\' : (byte)'|');
                _line.Draw(" "u8);
            }
            else
            {
                _line.Draw(_columns.ColorAt(i), (byte)'|');
                if (_columns.MergeLayout != 0 || i != _columns.CommitIndex - 1)
                {
                    DrawRunning(parentColor);
                }
            }

            parentColor = i < _columns.Count && _columns[i] == _columns.FirstParent ? _columns.ColorAt(i) : parentColor;
        }

        MoveTo(AfterLines);
    }

    // Over a column that the first parent's line crosses.
    private void DrawRunning(int? color)
    {
        if (color is { } crossing)
        {
            _line.Draw(crossing, (byte)'_');
        }
        else
        {
            _line.Draw(" "u8);
        }
    }

    private void DrawEdges()
    {
        ReadOnlySpan<byte> edges = "/|\\"u8;
        int edge = _columns.MergeLayout;
        for (int parent = 0; parent < _columns.ParentCount; parent++)
        {
            _line.Draw(_columns.ColorOfParent(parent), edges[edge]);
            if (edge < 2)
            {
                edge++;
            }
            else if (_columns.EdgesAdded > 0 || parent < _columns.ParentCount - 1)
            {
                _line.Draw(" "u8);
            }
        }

        if (_columns.EdgesAdded == 0)
        {
            _line.Draw(" "u8);
        }
    }

    private void DrawCollapsing()
    {
        _columns.Collapse(_line);
        if (_columns.IsMappingCorrect)
        {
            MoveTo(GraphState.Padding);
        }
    }

    // All lines of a commit have one width, so that what stands beside them is aligned.
    private void End(IBufferWriter<byte> output) => _line.End(_columns.Width, output);
}
