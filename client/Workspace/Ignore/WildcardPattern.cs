namespace Monorepo.Workspace.Ignore;

/// <summary>
/// A glob as ignore files write them, compiled to a small automaton: matching takes at most pattern length × text length steps whatever the pattern.
/// <c>?</c> and <c>*</c> stop at a slash, <c>**</c> between slashes crosses them, <c>[...]</c> never matches a slash, <c>\</c> quotes.
/// A pattern that is malformed (an open class, an unknown class name, a backslash at the end) matches nothing. Immutable and thread-safe.
/// </summary>
internal sealed class WildcardPattern
{
    private const int StackStates = 256;

    private enum Step : byte
    {
        Literal,
        AnyByte,
        Set,
        Star,
        AnyPath,

        /// <summary>The start of a <c>**/</c>: go on behind it at once, or through <see cref="UntilSlash"/>, which is the next step.</summary>
        OptionalDirectories,
        UntilSlash,
        Never,
    }

    private readonly record struct Element(Step Step, byte Value, ByteClass? Set);

    private readonly Element[] _elements;
    private readonly bool _stopAtSlash;
    private readonly int _literalTail;

    private WildcardPattern(Element[] elements, bool stopAtSlash)
    {
        _elements = elements;
        _stopAtSlash = stopAtSlash;
        while (_literalTail < elements.Length && elements[^(_literalTail + 1)].Step == Step.Literal)
            _literalTail++;
    }

    /// <param name="pattern">The glob's bytes.</param>
    /// <param name="stopAtSlash">True to match a path; false to match a single name, where every run of stars is the same.</param>
    public static WildcardPattern Compile(ReadOnlySpan<byte> pattern, bool stopAtSlash)
    {
        var elements = new List<Element>(pattern.Length);
        int at = 0;
        while (at < pattern.Length)
        {
            switch (pattern[at])
            {
                case (byte)'\\':
                    elements.Add(at + 1 < pattern.Length ? new Element(Step.Literal, pattern[at + 1], null) : new Element(Step.Never, 0, null));
                    at += 2;
                    break;
                case (byte)'?':
                    elements.Add(new Element(Step.AnyByte, 0, null));
                    at++;
                    break;
                case (byte)'*':
                    at = CompileStars(pattern, at, stopAtSlash, elements);
                    break;
                case (byte)'[':
                    ByteClass? set = ByteClass.Parse(pattern, ref at);
                    elements.Add(set is null ? new Element(Step.Never, 0, null) : new Element(Step.Set, 0, set));
                    break;
                default:
                    elements.Add(new Element(Step.Literal, pattern[at], null));
                    at++;
                    break;
            }
        }

        return new WildcardPattern([.. elements], stopAtSlash);
    }

    public bool IsMatch(ReadOnlySpan<byte> text)
    {
        int literals = _literalTail;
        if (literals > text.Length)
            return false;
        for (int i = 1; i <= literals; i++)
        {
            if (_elements[^i].Value != text[^i])
                return false;
        }

        return Run(text[..^literals], _elements.Length - literals);
    }

    private static int CompileStars(ReadOnlySpan<byte> pattern, int at, bool stopAtSlash, List<Element> elements)
    {
        int start = at;
        while (at < pattern.Length && pattern[at] == '*')
            at++;
        if (!stopAtSlash)
        {
            elements.Add(new Element(Step.AnyPath, 0, null));
            return at;
        }

        ReadOnlySpan<byte> rest = pattern[at..];
        bool ownComponent = at - start >= 2 && (start == 0 || pattern[start - 1] == '/')
            && (rest.IsEmpty || rest[0] == '/' || rest.StartsWith("\\/"u8));
        if (!ownComponent)
        {
            elements.Add(new Element(Step.Star, 0, null));
            return at;
        }

        if (rest.IsEmpty || rest[0] != '/')
        {
            elements.Add(new Element(Step.AnyPath, 0, null));
            return at;
        }

        elements.Add(new Element(Step.OptionalDirectories, 0, null));
        elements.Add(new Element(Step.UntilSlash, 0, null));
        return at + 1;
    }

    private bool Run(ReadOnlySpan<byte> text, int length)
    {
        // One state per element plus the end; a state set is a row of flags, closed under the moves that take no byte.
        Span<bool> current = length < StackStates ? stackalloc bool[length + 1] : new bool[length + 1];
        Span<bool> next = length < StackStates ? stackalloc bool[length + 1] : new bool[length + 1];
        current[0] = true;
        Close(current, length);
        foreach (byte value in text)
        {
            next.Clear();
            bool alive = false;
            for (int i = 0; i < length; i++)
            {
                if (current[i])
                    alive |= Advance(i, value, next);
            }

            if (!alive)
                return false;
            Close(next, length);
            Span<bool> swap = current;
            current = next;
            next = swap;
        }

        return current[length];
    }

    private void Close(Span<bool> states, int length)
    {
        for (int i = 0; i < length; i++)
        {
            if (!states[i])
                continue;
            Step step = _elements[i].Step;
            if (step is Step.Star or Step.AnyPath)
            {
                states[i + 1] = true;
            }
            else if (step == Step.OptionalDirectories)
            {
                states[i + 1] = true;
                states[i + 2] = true;
            }
        }
    }

    private bool Advance(int state, byte value, Span<bool> next)
    {
        Element element = _elements[state];
        switch (element.Step)
        {
            case Step.Literal:
                return Set(next, state + 1, element.Value == value);
            case Step.AnyByte:
                return Set(next, state + 1, !(_stopAtSlash && value == '/'));
            case Step.Set:
                return Set(next, state + 1, element.Set!.Contains(value) && !(_stopAtSlash && value == '/'));
            case Step.Star:
                return Set(next, state, value != '/');
            case Step.AnyPath:
                return Set(next, state, true);
            case Step.UntilSlash:
                next[state] = true;
                next[state + 1] |= value == '/';
                return true;
            default:
                return false;
        }
    }

    private static bool Set(Span<bool> next, int state, bool condition)
    {
        next[state] |= condition;
        return condition;
    }
}
