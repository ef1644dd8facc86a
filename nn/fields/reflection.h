// Compile-time reflection of plain structs: number, types and names of fields, and references to them.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace heed::nn::fields {

/// Maximum number of fields of a struct.
inline constexpr std::size_t max_fields = 32;

namespace detail {

// Converts to any type but the struct itself, which would be a copy.
template <class Struct>
struct Anything {
  template <class T>
    requires(!std::is_same_v<T, Struct>)
  operator T() const noexcept;
};
template <class Struct>
struct Base {
  template <class T>
    requires(std::is_base_of_v<T, Struct> && !std::is_same_v<T, Struct>)
  operator T() const noexcept;
};

template <class Struct, std::size_t>
using Slot = Anything<Struct>;

template <class Struct, std::size_t... i>
constexpr bool takes(std::index_sequence<i...>) {
  return requires { Struct{Slot<Struct, i>{}...}; };
}
/// True if Struct{before..., {nested...}, after...} compiles.
template <class Struct, std::size_t... before, std::size_t... nested, std::size_t... after>
constexpr bool takes_nested(std::index_sequence<before...>, std::index_sequence<nested...>,
                            std::index_sequence<after...>) {
  return requires { Struct{Slot<Struct, before>{}..., {Slot<Struct, nested>{}...}, Slot<Struct, after>{}...}; };
}
template <class Struct, std::size_t before, std::size_t after>
constexpr bool takes_braced_zero() {
  return []<std::size_t... b, std::size_t... a>(std::index_sequence<b...>, std::index_sequence<a...>) {
    return requires { Struct{Slot<Struct, b>{}..., {0}, Slot<Struct, a>{}...}; };
  }(std::make_index_sequence<before>{}, std::make_index_sequence<after>{});
}
template <class Struct, std::size_t before, std::size_t nested, std::size_t after>
constexpr bool takes_braced() {
  return takes_nested<Struct>(std::make_index_sequence<before>{}, std::make_index_sequence<nested>{},
                              std::make_index_sequence<after>{});
}

/// Maximum number of values in a braced initializer; the elements of a C array count one by one.
template <class Struct, std::size_t n = (sizeof(Struct) < max_fields + 1 ? sizeof(Struct) : max_fields + 1)>
constexpr std::size_t count_slots() {
  if constexpr (n == 0 || takes<Struct>(std::make_index_sequence<n>{})) {
    return n;
  } else {
    return count_slots<Struct, n - 1>();
  }
}

template <class Struct>
constexpr bool begins_with_base() {
  constexpr std::size_t slots = count_slots<Struct>();
  return []<std::size_t... rest>(std::index_sequence<rest...>) {
    return requires { Struct{Base<Struct>{}, Slot<Struct, rest>{}...}; };
  }(std::make_index_sequence<(slots > 0 ? slots - 1 : 0)>{});
}

// A field that is not a C array is one slot: some braced list initialises it and leaves all other slots. An array of
// more than one element takes several slots.
template <class Struct, std::size_t slots, std::size_t slot, std::size_t nested = 0>
constexpr bool is_one_slot() {
  constexpr std::size_t after = slots - slot - 1;
  if constexpr (takes_braced<Struct, slot, nested, after>()) {
    return true;
  } else if constexpr (nested == 0 && takes_braced_zero<Struct, slot, after>()) {
    return true;
  } else if constexpr (nested < 8) {
    return is_one_slot<Struct, slots, slot, nested + 1>();
  } else {
    return false;
  }
}
template <class Struct, std::size_t slots, std::size_t slot, std::size_t width = 2>
constexpr std::size_t array_slots() {
  if constexpr (slot + width > slots) {
    return 1;
  } else if constexpr (takes_braced<Struct, slot, width, slots - slot - width>()) {
    return width;
  } else {
    return array_slots<Struct, slots, slot, width + 1>();
  }
}
template <class Struct, std::size_t slots, std::size_t slot = 0>
constexpr std::size_t count_fields() {
  if constexpr (slots > max_fields) {
    return slots;
  } else if constexpr (slot == slots) {
    return 0;
  } else if constexpr (is_one_slot<Struct, slots, slot>()) {
    return 1 + count_fields<Struct, slots, slot + 1>();
  } else {
    return 1 + count_fields<Struct, slots, slot + array_slots<Struct, slots, slot>()>();
  }
}

}  // namespace detail

/// True if a struct has a base class: then its fields cannot be listed.
template <class Struct>
inline constexpr bool has_base = detail::begins_with_base<Struct>();

/// Number of fields; more than `max_fields` if there are too many to list.
template <class Struct>
inline constexpr std::size_t count = detail::count_fields<Struct, detail::count_slots<Struct>()>();
template <class Struct>
  requires std::is_empty_v<Struct>
inline constexpr std::size_t count<Struct> = 0;

/// Returns references to all fields, as a std::tuple.
template <class Struct>
constexpr auto tie(Struct& self) {
  constexpr std::size_t fields = count<std::remove_const_t<Struct>>;
  // clang-format off
  if constexpr (fields == 0) return std::tie();
  else if constexpr (fields == 1) { auto& [a] = self; return std::tie(a); }
  else if constexpr (fields == 2) { auto& [a,b] = self; return std::tie(a,b); }
  else if constexpr (fields == 3) { auto& [a,b,c] = self; return std::tie(a,b,c); }
  else if constexpr (fields == 4) { auto& [a,b,c,d] = self; return std::tie(a,b,c,d); }
  else if constexpr (fields == 5) { auto& [a,b,c,d,e] = self; return std::tie(a,b,c,d,e); }
  else if constexpr (fields == 6) { auto& [a,b,c,d,e,f] = self; return std::tie(a,b,c,d,e,f); }
  else if constexpr (fields == 7) { auto& [a,b,c,d,e,f,g] = self; return std::tie(a,b,c,d,e,f,g); }
  else if constexpr (fields == 8) { auto& [a,b,c,d,e,f,g,h] = self; return std::tie(a,b,c,d,e,f,g,h); }
  else if constexpr (fields == 9) { auto& [a,b,c,d,e,f,g,h,i] = self; return std::tie(a,b,c,d,e,f,g,h,i); }
  else if constexpr (fields == 10) { auto& [a,b,c,d,e,f,g,h,i,j] = self; return std::tie(a,b,c,d,e,f,g,h,i,j); }
  else if constexpr (fields == 11) { auto& [a,b,c,d,e,f,g,h,i,j,k] = self; return std::tie(a,b,c,d,e,f,g,h,i,j,k); }
  else if constexpr (fields == 12) { auto& [a,b,c,d,e,f,g,h,i,j,k,l] = self; return std::tie(a,b,c,d,e,f,g,h,i,j,k,l); }
  else if constexpr (fields == 13) { auto& [a,b,c,d,e,f,g,h,i,j,k,l,m] = self; return std::tie(a,b,c,d,e,f,g,h,i,j,k,l,m); }
  else if constexpr (fields == 14) { auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,n] = self; return std::tie(a,b,c,d,e,f,g,h,i,j,k,l,m,n); }
  else if constexpr (fields == 15) { auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,n,o] = self; return std::tie(a,b,c,d,e,f,g,h,i,j,k,l,m,n,o); }
  else if constexpr (fields == 16) { auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p] = self; return std::tie(a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p); }
  else if constexpr (fields == 17) { auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q] = self; return std::tie(a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q); }
  else if constexpr (fields == 18) { auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r] = self; return std::tie(a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r); }
  else if constexpr (fields == 19) { auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,t] = self; return std::tie(a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,t); }
  else if constexpr (fields == 20) { auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,t,u] = self; return std::tie(a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,t,u); }
  else if constexpr (fields == 21) { auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,t,u,v] = self; return std::tie(a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,t,u,v); }
  else if constexpr (fields == 22) { auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,t,u,v,w] = self; return std::tie(a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,t,u,v,w); }
  else if constexpr (fields == 23) { auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,t,u,v,w,x] = self; return std::tie(a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,t,u,v,w,x); }
  else if constexpr (fields == 24) { auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,t,u,v,w,x,y] = self; return std::tie(a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,t,u,v,w,x,y); }
  else if constexpr (fields == 25) { auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,t,u,v,w,x,y,z] = self; return std::tie(a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,t,u,v,w,x,y,z); }
  else if constexpr (fields == 26) { auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,t,u,v,w,x,y,z,A] = self; return std::tie(a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,t,u,v,w,x,y,z,A); }
  else if constexpr (fields == 27) { auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,t,u,v,w,x,y,z,A,B] = self; return std::tie(a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,t,u,v,w,x,y,z,A,B); }
  else if constexpr (fields == 28) { auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,t,u,v,w,x,y,z,A,B,C] = self; return std::tie(a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,t,u,v,w,x,y,z,A,B,C); }
  else if constexpr (fields == 29) { auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,t,u,v,w,x,y,z,A,B,C,D] = self; return std::tie(a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,t,u,v,w,x,y,z,A,B,C,D); }
  else if constexpr (fields == 30) { auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,t,u,v,w,x,y,z,A,B,C,D,E] = self; return std::tie(a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,t,u,v,w,x,y,z,A,B,C,D,E); }
  else if constexpr (fields == 31) { auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,t,u,v,w,x,y,z,A,B,C,D,E,F] = self; return std::tie(a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,t,u,v,w,x,y,z,A,B,C,D,E,F); }
  else if constexpr (fields == 32) { auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,t,u,v,w,x,y,z,A,B,C,D,E,F,G] = self; return std::tie(a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,t,u,v,w,x,y,z,A,B,C,D,E,F,G); }
  // clang-format on
}

/// Type of field i.
template <class Struct, std::size_t i>
using Type = std::remove_cvref_t<std::tuple_element_t<i, decltype(tie(std::declval<Struct&>()))>>;

namespace detail {

// Struct that is never constructed, whose fields have addresses at compile time. The destructor keeps the compiler from
// requiring a definition.
template <class Struct>
struct Unbuilt {
  Struct value;
  ~Unbuilt();
};
#pragma GCC diagnostic push
#ifdef __clang__
#pragma GCC diagnostic ignored "-Wundefined-internal"
#pragma GCC diagnostic ignored "-Wundefined-var-template"
#endif
template <class Struct>
extern const Unbuilt<Struct> unbuilt;

template <class T>
struct Pointer {
  const T* to;
};

template <auto value>
consteval const char* spelled_value() {
  return __PRETTY_FUNCTION__;
}
template <class T>
consteval const char* spelled_type() {
  return __PRETTY_FUNCTION__;
}

constexpr bool is_letter(char c) {
  return c == '_' || ('0' <= c && c <= '9') || ('a' <= c && c <= 'z') || ('A' <= c && c <= 'Z');
}
/// Returns the last identifier: "spelled_value() [value = Pointer<...>{&unbuilt.value.weight}]" gives "weight".
constexpr std::string_view last_identifier(std::string_view text) {
  std::size_t end = text.size();
  while (end > 0 && !is_letter(text[end - 1])) --end;
  std::size_t begin = end;
  while (begin > 0 && is_letter(text[begin - 1])) --begin;
  return text.substr(begin, end - begin);
}

template <auto value>
consteval std::string_view enumerator_name() {
  const std::string_view name = last_identifier(spelled_value<value>());
  return '0' <= name[0] && name[0] <= '9' ? std::string_view{} : name;  // "(Color)7" is not an enumerator
}
template <class Enum>
consteval auto enumerator_names() {
  if constexpr (requires { Enum{0}; }) {
    return []<int... i>(std::integer_sequence<int, i...>) {
      return std::array<std::string_view, sizeof...(i)>{enumerator_name<static_cast<Enum>(i)>()...};
    }(std::make_integer_sequence<int, 32>{});
  } else {
    return std::array<std::string_view, 0>{};
  }
}

template <class Struct, std::size_t i>
consteval std::string_view field_name() {
  constexpr const auto& field = std::get<i>(tie(unbuilt<Struct>.value));
  return last_identifier(spelled_value<Pointer<std::remove_cvref_t<decltype(field)>>{&field}>());
}
#pragma GCC diagnostic pop

template <class Struct>
consteval auto field_names() {
  return []<std::size_t... i>(std::index_sequence<i...>) {
    return std::array<std::string_view, sizeof...(i)>{field_name<Struct, i>()...};
  }(std::make_index_sequence<count<Struct>>{});
}

/// Returns the name of a type: "spelled_type() [T = a::Layer<b::Norm>]" gives "Layer".
constexpr std::string_view plain_type_name(std::string_view text) {
  text.remove_suffix(1);  // "]"
  if (text.ends_with('>')) {
    std::size_t depth = 0, begin = text.size();
    do {
      --begin;
      if (text[begin] == '>') ++depth;
      if (text[begin] == '<') --depth;
    } while (depth > 0);
    text = text.substr(0, begin);
  }
  return last_identifier(text);
}

}  // namespace detail

/// Names of the fields, in order.
template <class Struct>
inline constexpr auto names = detail::field_names<Struct>();

/// Name of a type, without namespaces and template arguments: "EncoderLayer".
template <class T>
inline constexpr std::string_view type_name = detail::plain_type_name(detail::spelled_type<T>());

/// Names of an enum's values from 0 to 31, empty where there is none; an empty array for an enum without fixed
/// underlying type.
template <class Enum>
inline constexpr auto enumerators = detail::enumerator_names<Enum>();

/// Calls f(name, field) for each field in order.
template <class Struct, class Function>
void each(Struct& s, Function&& f) {
  [&]<std::size_t... i>([[maybe_unused]] auto all, std::index_sequence<i...>) {
    (f(names<std::remove_const_t<Struct>>[i], std::get<i>(all)), ...);
  }(tie(s), std::make_index_sequence<count<std::remove_const_t<Struct>>>{});
}

}  // namespace heed::nn::fields
