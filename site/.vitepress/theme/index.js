import DefaultTheme from 'vitepress/theme';
import Layout from './Layout.vue';
import Listing from './Listing.vue';
import './style.css';

export default {
  extends: DefaultTheme,
  Layout,
  enhanceApp({app}) {
    app.component('Listing', Listing);
  },
};
